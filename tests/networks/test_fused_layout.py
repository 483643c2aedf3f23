"""Which tensors the passes take: a tensor as rows, every column of which is one channel's."""

from __future__ import annotations

import pytest
import torch

from zerosnet.networks.fused.layout import LANES, dense, is_dense, rows_of


def tensor(*shape, dtype=torch.bfloat16):
    draw = torch.Generator().manual_seed(0)
    return dense(torch.randn(shape, generator=draw).to(dtype))


@pytest.mark.parametrize("shape", [(8, 16, 4, 4), (2, 64, 3, 5), (3, 128, 1, 2), (1, 256, 2, 2)])
def test_the_columns_of_the_rows_are_of_one_channel(shape):
    state = tensor(*shape)
    rows = rows_of(state)
    assert rows is not None
    assert (rows.width % LANES, rows.width % rows.channels) == (0, 0)
    memory = torch.as_strided(state, (rows.rows, rows.width), (rows.width, 1))
    by_channel = state.permute(0, 2, 3, 1).reshape(-1, shape[1])
    for channel in range(shape[1]):
        columns = memory[:, channel :: shape[1]]
        assert torch.equal(columns.reshape(-1), by_channel[:, channel])


@pytest.mark.parametrize(
    "shape",
    [(8, 3, 4, 4), (8, 24, 4, 4), (8, 192, 4, 4), (1, 16, 3, 3)],
    ids=["3 channels", "24 channels", "192 channels", "half a row"],
)
def test_what_does_not_fill_rows_has_none(shape):
    assert rows_of(tensor(*shape)) is None


def test_only_dense_bfloat16_with_its_channels_innermost_is_taken():
    state = tensor(4, 16, 4, 4)
    assert is_dense(state)
    assert not is_dense(state.float())
    assert not is_dense(state.contiguous())
    assert not is_dense(state[:, :, ::2])
    assert not is_dense(state[0])
    assert is_dense(dense(state[:, :, ::2]))
    assert torch.equal(dense(state[:, :, ::2]), state[:, :, ::2])
