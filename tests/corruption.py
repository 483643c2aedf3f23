"""Damage that files come to: on disks, on the way, and under the hands of people.

The same seed gives the same damage, so that a failure can be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random


def corruptions(content: bytes, others: list[bytes], rng: Random) -> Iterator[tuple[str, bytes]]:
    """Endlessly: (what was done, the damaged content), never the content itself.

    Every kind comes in turn.  ``others`` are the contents of other files of the same format, one of
    which may have taken the place of the file's own; it may be empty.
    """
    kinds = [
        _truncated,
        _one_bit,
        _several_bits,
        _zeroed_block,
        _inserted,
        _removed,
        _doubled,
        _overwritten,
    ]
    swaps = [other for other in others if other != content]
    if not content:
        kinds = [_inserted]
    while True:
        for kind in kinds:
            name, damaged = kind(content, rng)
            if damaged != content:
                yield name, damaged
        if swaps:
            yield "another file's content", rng.choice(swaps)
            yield "another file's end", _spliced(content, rng.choice(swaps), rng)


def _truncated(content: bytes, rng: Random) -> tuple[str, bytes]:
    # Half of the time in the last bytes: what a write that was cut off leaves.
    end = rng.randrange(len(content))
    if rng.random() < 0.5:
        end = max(0, len(content) - rng.randint(1, 64))
    return f"truncated to {end} bytes", content[:end]


def _one_bit(content: bytes, rng: Random) -> tuple[str, bytes]:
    at, bit = rng.randrange(len(content)), rng.randrange(8)
    return f"bit {bit} of byte {at}", _with(content, at, bytes([content[at] ^ 1 << bit]))


def _several_bits(content: bytes, rng: Random) -> tuple[str, bytes]:
    damaged = content
    for _ in range(rng.randint(2, 16)):
        damaged = _one_bit(damaged, rng)[1]
    return "several bits", damaged


def _zeroed_block(content: bytes, rng: Random) -> tuple[str, bytes]:
    size = min(len(content), rng.choice([1, 16, 512, 4096]))
    at = rng.randrange(len(content) - size + 1)
    return f"{size} zeros at {at}", _with(content, at, bytes(size))


def _inserted(content: bytes, rng: Random) -> tuple[str, bytes]:
    at = rng.randint(0, len(content))
    extra = rng.choice([rng.randbytes(rng.randint(1, 40)), b"\n", b"\xef\xbb\xbf", b"\x00", b" "])
    return f"{len(extra)} bytes inserted at {at}", content[:at] + extra + content[at:]


def _removed(content: bytes, rng: Random) -> tuple[str, bytes]:
    at, size = rng.randrange(len(content)), rng.randint(1, 40)
    return f"{size} bytes removed at {at}", content[:at] + content[at + size :]


def _doubled(content: bytes, rng: Random) -> tuple[str, bytes]:
    at, size = rng.randrange(len(content)), rng.randint(1, 200)
    return f"{size} bytes doubled at {at}", content[: at + size] + content[at:]


def _overwritten(content: bytes, rng: Random) -> tuple[str, bytes]:
    at = rng.randrange(len(content))
    size = min(len(content) - at, rng.randint(1, 64))
    return f"{size} other bytes at {at}", _with(content, at, rng.randbytes(size))


def _spliced(content: bytes, other: bytes, rng: Random) -> bytes:
    cut = rng.randint(0, len(content))
    return content[:cut] + other[cut:] + b"\x00" * (content[:cut] + other[cut:] == content)


def _with(content: bytes, at: int, part: bytes) -> bytes:
    return content[:at] + part + content[at + len(part) :]
