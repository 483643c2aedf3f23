"""Checkpoints: back to the bit, the damaged one recognized, two kept."""

from __future__ import annotations

import hashlib

import pytest
import torch

from zerosnet.files import storage
from zerosnet.files.errors import SuiteError
from zerosnet.training import checkpoint
from zerosnet.training.checkpoint import (
    epochs_on_disk,
    load_checkpoint,
    load_weights,
    remove_checkpoints,
    save_checkpoint,
    save_weights,
    weights_path,
)

KEY = "0123456789abcdef"
TENSORS = {
    "last.weight": torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last),
    "last.count": torch.tensor(7),
    "half": torch.randn(5, dtype=torch.bfloat16),
}


def names(folder):
    return sorted(path.name.split("-")[1] for path in folder.glob("checkpoint-*"))


def test_a_checkpoint_comes_back_to_the_bit(tmp_path):
    facts = {"key": KEY, "history": {"test_accuracy": [1.5]}}
    save_checkpoint(tmp_path, 3, TENSORS, facts)
    tensors, found = load_checkpoint(tmp_path, KEY)
    assert found == facts
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)


def test_there_may_be_none(tmp_path):
    assert load_checkpoint(tmp_path, KEY) is None
    assert load_checkpoint(tmp_path / "absent", KEY) is None


def test_the_newest_two_are_kept(tmp_path):
    for epoch in range(1, 13):
        save_checkpoint(tmp_path, epoch, TENSORS, {"key": KEY, "epoch": epoch})
    assert names(tmp_path) == ["00011", "00012"]
    assert load_checkpoint(tmp_path, KEY)[1]["epoch"] == 12


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_checkpoint_is_named_and_passed_over(tmp_path, damage, capsys):
    save_checkpoint(tmp_path, 1, TENSORS, {"key": KEY, "epoch": 1})
    save_checkpoint(tmp_path, 2, TENSORS, {"key": KEY, "epoch": 2})
    (newest,) = tmp_path.glob("checkpoint-00002-*")
    content = bytearray(newest.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    newest.write_bytes({"truncate": content[:-9], "flip": content, "empty": b""}[damage])
    assert load_checkpoint(tmp_path, KEY)[1]["epoch"] == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{newest} is damaged: expected sha256" in line


def test_another_runs_checkpoint_is_not_taken(tmp_path, capsys):
    save_checkpoint(tmp_path, 1, TENSORS, {"key": "another"})
    assert load_checkpoint(tmp_path, KEY) is None
    assert "belongs to another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04pickle, say",
        (2).to_bytes(8, "little") + b"{}",
        (15).to_bytes(8, "little") + b'{"a":[[[[[[[[1]',
        (30).to_bytes(8, "little") + b'{"__metadata__":{"facts":"["}}',
        (2**60).to_bytes(8, "little") + b"{}",
    ],
)
def test_what_holds_no_tensors_is_passed_over_whatever_its_name_says(tmp_path, content, capsys):
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / f"checkpoint-00001-{digest}.safetensors").write_bytes(content)
    assert load_checkpoint(tmp_path, KEY) is None
    assert "holds no tensors that this version reads" in capsys.readouterr().err


def test_finished_runs_leave_no_checkpoint(tmp_path):
    save_checkpoint(tmp_path, 1, TENSORS, {})
    (tmp_path / "checkpoint-00000-0.safetensors.damaged-0").touch()
    sha256 = save_weights(tmp_path, "last_epoch", TENSORS)
    remove_checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == [weights_path(tmp_path, "last_epoch", sha256)]


def test_weights_are_verified(tmp_path):
    sha256 = save_weights(tmp_path, "last_epoch", TENSORS)
    path = weights_path(tmp_path, "last_epoch", sha256)
    assert torch.equal(load_weights(path, sha256)["half"], TENSORS["half"])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SuiteError, match=r"is damaged: expected sha256 \w+…, found \w+…"):
        load_weights(path, sha256)
    path.unlink()
    with pytest.raises(SuiteError, match="is missing"):
        load_weights(path, sha256)


def test_weights_of_the_same_run_stand_beside_each_other(tmp_path):
    """Of two profiles, say, whose threads added up in another order."""
    first = save_weights(tmp_path, "last_epoch", TENSORS)
    second = save_weights(tmp_path, "last_epoch", {"w": torch.zeros(2)})
    for sha256, names in ((first, set(TENSORS)), (second, {"w"})):
        path = weights_path(tmp_path, "last_epoch", sha256)
        assert set(load_weights(path, sha256)) == names


def test_weights_of_older_versions_are_found(tmp_path):
    sha256 = save_weights(tmp_path, "last_epoch", TENSORS)
    older = tmp_path / "last_epoch.safetensors"
    weights_path(tmp_path, "last_epoch", sha256).rename(older)
    assert weights_path(tmp_path, "last_epoch", sha256) == older
    assert set(load_weights(older, sha256)) == set(TENSORS)


def test_damaged_checkpoints_do_not_stand_in_the_way_of_new_ones(tmp_path):
    """They would be taken for newer ones, and each new one be deleted as soon as it is written."""
    for epoch in (9, 10):
        save_checkpoint(tmp_path, epoch, TENSORS, {"key": "k", "epoch": epoch})
    for path in tmp_path.glob("checkpoint-*"):
        path.write_bytes(b"damaged")
    assert epochs_on_disk(tmp_path) == 10
    assert load_checkpoint(tmp_path, "k") is None
    assert epochs_on_disk(tmp_path) == 0
    assert len(list(tmp_path.glob("*.damaged-*"))) == 2
    for epoch in (1, 2, 3):
        save_checkpoint(tmp_path, epoch, TENSORS, {"key": "k", "epoch": epoch})
        assert load_checkpoint(tmp_path, "k")[1]["epoch"] == epoch == epochs_on_disk(tmp_path)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "last_epoch.safetensors"
    content = b"\x80\x04pickle, say"
    path.write_bytes(content)
    with pytest.raises(SuiteError, match="holds no tensors"):
        load_weights(path, hashlib.sha256(content).hexdigest())


def test_what_another_process_of_the_run_has_set_aside_is_passed_over(tmp_path, monkeypatch):
    """All of them find the damage; one is the first to rename the file."""
    save_checkpoint(tmp_path, 1, TENSORS, {"key": KEY})
    save_checkpoint(tmp_path, 2, TENSORS, {"key": KEY, "epoch": 2})
    (newest,) = tmp_path.glob("checkpoint-00002-*")
    listed = checkpoint._newest_first(tmp_path)
    newest.write_bytes(b"damaged")
    monkeypatch.setattr(checkpoint, "_newest_first", lambda _folder: listed)

    def quicker(path, *_, **settings):
        path.unlink()
        return storage.set_aside(path, "damaged", "it is damaged", **settings)

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "set_aside", quicker)
        assert load_checkpoint(tmp_path, KEY)[1] == {"key": KEY}
    # And where it was gone before it could be read.
    assert not newest.exists()
    assert load_checkpoint(tmp_path, KEY)[1] == {"key": KEY}


def test_a_checkpoint_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / f"checkpoint-00001-{'0' * 64}.safetensors").mkdir()
    with pytest.raises(SuiteError, match=r"cannot read .*checkpoint-00001"):
        load_checkpoint(tmp_path, KEY)
