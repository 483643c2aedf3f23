"""What DVC tracks: images as the catalogue pins them, and nothing that was set aside."""

from __future__ import annotations

import pytest
import yaml
from dvc.fs import localfs
from dvc.ignore import DvcIgnoreFilter
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.meta import Meta
from dvc_data.hashfile.tree import Tree

from zerosnet.data.catalogue import CATALOGUE

CANONICAL = ("cifar10", "cifar100", "mnist", "fashion-mnist")


def test_the_folders_hash_follows_from_the_archives(project):
    # Of those of which one is enough, `data fetch` gets the first.
    known = [CATALOGUE[name] for name in CANONICAL]
    files = [raw for each in known for raw in each.files[: 1 if each.any_file else None]]
    tree = Tree()
    for raw in files:
        assert raw.algorithm == "md5"
        tree.add(tuple(raw.name.split("/")), Meta(), HashInfo("md5", raw.checksum))
    tree.digest()
    (pinned,) = yaml.safe_load((project / "data.dvc").read_text())["outs"]
    assert pinned == {
        "md5": tree.hash_info.value,
        "size": sum(raw.size for raw in files),
        "nfiles": len(files),
        "hash": "md5",
        "path": "data",
    }


def test_no_stage_waits_for_it(project):
    stages = yaml.safe_load((project / "dvc.yaml").read_text())["stages"]
    assert not [name for name, stage in stages.items() if "data" in stage.get("deps", [])]


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("runtime/cpu.json", False),
        ("runtime/cpu.json.replaced-1a2b3c4d", True),
        ("runs/0123/training.json", False),
        ("runs/0123/training.json.damaged-1a2b3c4d", True),
        ("runs/0123/.training.json.ab12.partial", True),
    ],
)
def test_no_stage_rests_on_what_was_set_aside(project, name, ignored):
    """Git ignores it, too: the lock of a checkout that has it is that of one that has not."""
    dvc = DvcIgnoreFilter(localfs, str(project))
    assert dvc.is_ignored_file(str(project / "results" / "mini" / name)) is ignored
