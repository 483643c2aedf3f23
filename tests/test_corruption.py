"""Damage: it must damage, and the same way for the same seed."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

from corruption import corruptions


def test_damage_is_damage_and_the_same_for_the_same_seed():
    content, others = b"some content, not long", [b"another one", b"some content, not long"]
    first, again = (list(islice(corruptions(content, others, Random(3)), 500)) for _ in range(2))
    assert first == again
    assert all(damaged != content for _, damaged in first)
    kinds = Counter(name.strip("0123456789") for name, _ in first)
    assert kinds["another file's content"] >= 40
    assert len({name.split()[0] for name, _ in first}) > 5
    assert [len(d) > 0 for _, d in islice(corruptions(b"", [], Random(3)), 5)] == [True] * 5
