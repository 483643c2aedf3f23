"""What a container has of its machine; its cores are in ``test_cores.py``."""

from __future__ import annotations

import pytest

from zerosnet.files import cgroups
from zerosnet.files.cgroups import bytes_allowed, cores_allowed

NONE_V1 = "9223372036854771712\n"


@pytest.mark.parametrize(
    ("line", "files", "expected"),
    [
        ("", {}, None),
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/\n", {"memory.max": "8000000000\n"}, 8_000_000_000),
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "4000\n"}, 4000),
        ("0::/a\n", {"a/memory.max": "9000\n", "memory.max": "4000\n"}, 4000),
        ("3:memory:/job\n", {"memory/job/memory.limit_in_bytes": "5000\n"}, 5000),
        # Without a limit version 1 has the largest number of pages.
        ("3:memory:/\n", {"memory/memory.limit_in_bytes": NONE_V1}, int(NONE_V1)),
        ("3:cpu:/job\n", {"memory/job/memory.limit_in_bytes": "5000\n"}, None),
    ],
)
def test_a_container_has_the_memory_of_its_limit(monkeypatch, tmp_path, line, files, expected):
    monkeypatch.setattr(cgroups, "_CGROUPS", tmp_path)
    monkeypatch.setattr(cgroups, "_OWN", tmp_path / "own")
    (tmp_path / "own").write_text(line)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert bytes_allowed() == expected
    assert cores_allowed() is None
