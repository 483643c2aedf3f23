"""Memory that is freed stays with the process.

glibc hands large blocks back to the kernel as soon as they are freed, and the kernel clears every
page of the next one anew.  A training step frees and asks for hundreds of blocks of some MiB: in
float32 that was a fifth of its time and more (``make bench``, "allocator").
"""

from __future__ import annotations

import ctypes
import platform

#: Parameters of glibc's mallopt(3) and what they are set to.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Let the C library keep what is freed for the next request; returns whether it will.

    Peak memory is hardly more than before: the next step needs the same blocks again.  Without
    glibc (macOS, Windows, musl) nothing is changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # No block by mmap, which is unmapped when freed, and no trimming of the heap.
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, _NEVER))
