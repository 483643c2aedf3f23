"""Freed memory stays: asking for the same block again costs no page fault."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zerosnet.training import allocator

_FAULTS = """
import resource, sys, torch
from zerosnet.training.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.empty(16 << 20, dtype=torch.float32).fill_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


@pytest.mark.skipif(
    not allocator.keep_freed_memory(), reason="glibc's allocator is not in use here"
)
def test_the_same_blocks_again_cost_no_page_faults():
    def faults(mode):
        done = subprocess.run(
            [sys.executable, "-c", _FAULTS, mode], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    # 64 MiB ten times are 163,840 pages of 4 KiB, or 320 of 2 MiB.
    assert faults("default") > 300
    assert faults("keep") < 30


def test_without_glibc_nothing_is_done(monkeypatch):
    monkeypatch.setattr(allocator.platform, "libc_ver", lambda: ("", ""))
    assert not allocator.keep_freed_memory()
