"""Generators: by purpose alone."""

from __future__ import annotations

import torch

from zerosnet.data.seeds import generator_for


def draw(*purpose):
    return torch.rand(4, generator=generator_for(*purpose)).tolist()


def test_a_purpose_has_one_stream():
    torch.manual_seed(1)
    first = draw("order", 0, 1)
    torch.manual_seed(2)
    assert draw("order", 0, 1) == first
    streams = [draw("order", 0, 1), draw("order", 1, 0), draw("noise", 0, 1), draw("order", 0, 11)]
    assert len({tuple(stream) for stream in streams}) == 4
