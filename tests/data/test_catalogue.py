"""The catalogue says what torchvision says, and what the profiles need."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torchvision.datasets as published
from small import small_run

from zerosnet.data.catalogue import CATALOGUE, SHIPPED, RawFile, data_set
from zerosnet.data.images import load
from zerosnet.files.errors import SuiteError


@pytest.mark.parametrize(
    ("name", "kind"), [("cifar10", published.CIFAR10), ("cifar100", published.CIFAR100)]
)
def test_cifar_is_torchvisions(name, kind):
    raw = CATALOGUE[name].files[0]
    assert (raw.name, raw.checksum, raw.url) == (kind.filename, kind.tgz_md5, kind.url)


@pytest.mark.parametrize(
    ("name", "kind"), [("mnist", published.MNIST), ("fashion-mnist", published.FashionMNIST)]
)
def test_mnist_is_torchvisions(name, kind):
    files = CATALOGUE[name].files
    ours = {(raw.name.rpartition("/")[2], raw.checksum) for raw in files}
    assert ours == set(kind.resources)
    assert all(raw.url.rpartition("/")[0] + "/" in kind.mirrors for raw in files)
    assert all(raw.name.startswith(f"{kind.__name__}/raw/") for raw in files)


def test_the_papers_normalization():
    for name, mean, std in (
        ("cifar10", (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
        ("cifar100", (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
        ("mnist", (0.1307,), (0.3081,)),
        ("imagenet", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ):
        assert (data_set(name).mean, data_set(name).std) == (mean, std)
    for wanted in CATALOGUE.values():
        assert len(wanted.mean) == len(wanted.std) == wanted.channels
        assert wanted.channels in (1, 3)


def test_digits_are_normalized_by_what_was_measured_on_them(tmp_path):
    loaded = load("digits", folders=[tmp_path], cache=tmp_path)
    pixels = loaded.train_images.double() / 255
    assert data_set("digits").mean == pytest.approx([pixels.mean().item()], abs=2e-4)
    assert data_set("digits").std == pytest.approx([pixels.std().item()], abs=2e-4)


def test_which_data_sets_are_those_that_tables_name():
    canonical = [name for name, wanted in CATALOGUE.items() if wanted.canonical]
    assert canonical == ["cifar10", "cifar100", "mnist", "fashion-mnist", "imagenet"]


def test_unknown_names_list_the_known_ones():
    with pytest.raises(SuiteError, match="data set 'svhn' is unknown: one of digits, cifar10"):
        data_set("svhn")


def test_images_of_ones_own_are_part_of_a_runs_key(monkeypatch):
    """What the suite ships is known by its name, so that keys of runs on record stay."""
    assert set(SHIPPED) == set(CATALOGUE)
    assert not any(each.identity for each in CATALOGUE.values())
    digits = CATALOGUE["digits"]
    first = replace(digits, name="mine", files=(RawFile("mine.npz", "a" * 64, "sha256"),))
    others = [
        replace(first, files=(RawFile("mine.npz", "b" * 64, "sha256"),)),
        replace(first, mean=(0.4,)),
        replace(first, std=(0.4,)),
    ]
    assert len({each.identity for each in (first, *others)}) == 4
    assert replace(first, title="another title").identity == first.identity
    run = small_run()
    run = replace(run, data=replace(run.data, name="mine"))
    keys = set()
    for each in (first, *others):
        monkeypatch.setitem(CATALOGUE, "mine", each)
        keys.add(replace(run).key)
    assert len(keys) == 4
