"""Checkpoints: back to the bit, the damaged one recognized, two kept."""

from __future__ import annotations

import pytest
import torch

from zerosnet.checkpoint import (
    load_checkpoint,
    load_weights,
    remove_checkpoints,
    save_checkpoint,
    save_weights,
)
from zerosnet.errors import SuiteError

TENSORS = {
    "last.weight": torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last),
    "last.count": torch.tensor(7),
    "half": torch.randn(5, dtype=torch.bfloat16),
}


def names(folder):
    return sorted(path.name.split("-")[1] for path in folder.glob("checkpoint-*"))


def test_a_checkpoint_comes_back_to_the_bit(tmp_path):
    facts = {"key": "abc", "history": {"test_accuracy": [1.5]}}
    save_checkpoint(tmp_path, 3, TENSORS, facts)
    tensors, found = load_checkpoint(tmp_path)
    assert found == facts
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)


def test_there_may_be_none(tmp_path):
    assert load_checkpoint(tmp_path) is None
    assert load_checkpoint(tmp_path / "absent") is None


def test_the_newest_two_are_kept(tmp_path):
    for epoch in range(1, 13):
        save_checkpoint(tmp_path, epoch, TENSORS, {"epoch": epoch})
    assert names(tmp_path) == ["00011", "00012"]
    assert load_checkpoint(tmp_path)[1] == {"epoch": 12}


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_checkpoint_is_passed_over(tmp_path, damage):
    save_checkpoint(tmp_path, 1, TENSORS, {"epoch": 1})
    save_checkpoint(tmp_path, 2, TENSORS, {"epoch": 2})
    (newest,) = tmp_path.glob("checkpoint-00002-*")
    content = bytearray(newest.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    newest.write_bytes({"truncate": content[:-9], "flip": content, "empty": b""}[damage])
    assert load_checkpoint(tmp_path)[1] == {"epoch": 1}


def test_finished_runs_leave_no_checkpoint(tmp_path):
    save_checkpoint(tmp_path, 1, TENSORS, {})
    weights = tmp_path / "last_epoch.safetensors"
    save_weights(weights, TENSORS)
    remove_checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == [weights]


def test_weights_are_verified(tmp_path):
    path = tmp_path / "last_epoch.safetensors"
    sha256 = save_weights(path, TENSORS)
    assert torch.equal(load_weights(path, sha256)["half"], TENSORS["half"])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SuiteError, match=r"is damaged: expected sha256 \w+…, found \w+…"):
        load_weights(path, sha256)
    path.unlink()
    with pytest.raises(SuiteError, match="is missing"):
        load_weights(path, sha256)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "last_epoch.safetensors"
    content = b"\x80\x04pickle, say"
    path.write_bytes(content)
    import hashlib

    with pytest.raises(SuiteError, match="cannot read"):
        load_weights(path, hashlib.sha256(content).hexdigest())
