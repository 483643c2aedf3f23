"""Processes of this machine, as tests look at them."""

from __future__ import annotations

from pathlib import Path


def is_alive(process):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
