"""A thousand damaged files: none is read as something that it is not.

What is damaged is refused by one clear line, or the damage is harmless: what is read is what was
there before (a time stamp in an archive, a comment in a file of YAML).
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
import tarfile
import time
from collections import Counter
from dataclasses import astuple, replace
from itertools import islice
from random import Random

import numpy as np
import pytest
import yaml
from archives import TREE, idx, one_file_set, tree_set, write_tar, write_zip
from corruption import corruptions
from fuzzing import settled

from zerosnet.data import images
from zerosnet.data.archives import image_members
from zerosnet.data.catalogue import CATALOGUE, RawFile
from zerosnet.data.rawfiles import checksum, verified_files
from zerosnet.data.readers import read
from zerosnet.experiments.profiles import load_profile
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.pinned import SUMS, pinned_names, read_pinned
from zerosnet.paper.claims import load_claims
from zerosnet.paper.tables import load_paper, load_statements

pytestmark = pytest.mark.long

#: Of each format; ten formats make a thousand and more.
TIMES = 120


def driven(path, others, read_, same, times=TIMES, seed=0):
    """Damage a file, read it, put it back; what is read must be the same, or be refused.

    Returns:
        how many were refused, and how many harmless.
    """
    content = path.read_bytes()
    before = read_()
    counts = Counter()
    for name, damaged in islice(corruptions(content, others, Random(seed)), times):
        path.write_bytes(damaged)
        found = settled(read_, path.name)
        if found is None:
            counts["refused"] += 1
        else:
            assert same(before, found), f"{name}: read as something else"
            counts["harmless"] += 1
    path.write_bytes(content)
    assert same(before, read_())
    assert counts.total() == times
    return counts


def same_arrays(one, other):
    return all(np.array_equal(a, b) for a, b in zip(astuple(one), astuple(other), strict=True))


@pytest.mark.parametrize("packing", ["tar.xz", "zip"])
def test_archives_of_images(tmp_path, packing, count):
    wanted = tree_set(tmp_path)
    other = {**TREE, "train/bird/0000.jpg": TREE["train/bird/0001.jpg"]}
    if packing == "zip":
        (tmp_path / "cifar10_jpeg.tar.xz").unlink()
        path = write_zip(tmp_path / "CIFAR-10-images-master.zip", TREE, prefix="master/")
        others = [write_zip(tmp_path / "other.zip", other).read_bytes()]
    else:
        path = tmp_path / "cifar10_jpeg.tar.xz"
        others = [write_tar(tmp_path / "other.tar.xz", other).read_bytes()]
    counts = driven(
        path, others, lambda: read(wanted, verified_files(wanted, [tmp_path])), same_arrays
    )
    assert counts["refused"] > 0.6 * TIMES
    count(
        f"damaged: archives of images ({path.name.partition('.')[2]})",
        TIMES,
        "nothing read wrongly; some were harmless",
    )


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_archives_with_a_checksum_of_their_own(tmp_path, algorithm, count):
    """Whatever their format: a single other byte is refused."""
    path = write_tar(tmp_path / "raw.bin", {"cifar/batch": pickle.dumps(list(range(99)))}, "w:gz")
    content = path.read_bytes()
    wanted = one_file_set(tmp_path, content)
    raw = RawFile("raw.bin", checksum(path, algorithm), algorithm)
    wanted = replace(wanted, files=(raw,))
    counts = driven(
        path,
        [content[::-1]],
        lambda: [file.read_bytes() for file in verified_files(wanted, [tmp_path])],
        lambda one, other: one == other,
    )
    assert counts["refused"] == TIMES
    count("damaged: files pinned by checksum", TIMES, "nothing read wrongly")


def test_mnist(tmp_path, count):
    generator = np.random.default_rng(0)
    names = [raw.name.rpartition("/")[2] for raw in CATALOGUE["mnist"].files]
    shapes = ((6, 28, 28), (6,), (4, 28, 28), (4,))
    for name, shape in zip(names, shapes, strict=True):
        (tmp_path / name).write_bytes(idx(generator.integers(10, size=shape)))
    files = tuple(RawFile(f"MNIST/raw/{name}", checksum(tmp_path / name, "md5")) for name in names)
    wanted = replace(CATALOGUE["mnist"], train=6, test=4, files=files)
    others = [(tmp_path / name).read_bytes() for name in names]
    for name in names:
        counts = driven(
            tmp_path / name,
            others,
            lambda: read(wanted, verified_files(wanted, [tmp_path])),
            same_arrays,
            TIMES // 4,
        )
        assert counts["refused"] == TIMES // 4
    count("damaged: MNIST's files", TIMES, "nothing read wrongly")


def test_arrays(tmp_path, count):
    generator = np.random.default_rng(0)
    path = tmp_path / "cifar10_head.npz"

    def written(target):
        arrays = {
            f"{split}_{what}": generator.integers(
                10, size=(n, 32, 32, 3) if what == "images" else n, dtype=np.uint8
            )
            for split, n in (("train", 3), ("test", 2))
            for what in ("images", "labels")
        }
        np.savez(target, **arrays)
        return target

    others = [written(tmp_path / "other.npz").read_bytes()]
    raw = RawFile(path.name, checksum(written(path), "sha256"), "sha256")
    wanted = replace(CATALOGUE["cifar10-head"], train=3, test=2, files=(raw,))
    counts = driven(
        path, others, lambda: read(wanted, verified_files(wanted, [tmp_path])), same_arrays
    )
    assert counts["refused"] == TIMES
    count("damaged: arrays", TIMES, "nothing read wrongly")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A data set with its archive, an hour old, and its decoded images."""
    wanted = tree_set(tmp_path)
    monkeypatch.setitem(CATALOGUE, "cifar10-jpeg", wanted)
    archive = tmp_path / "cifar10_jpeg.tar.xz"
    os.utime(archive, (time.time() - 3600,) * 2)

    def load():
        return images.load("cifar10-jpeg", folders=[tmp_path], cache=tmp_path / "cache")

    return load


@pytest.mark.parametrize(
    "name",
    ["train_images.npy", "train_labels.npy", "test_images.npy", "whole.json", "raw.json"],
)
def test_decoded_images(tree, tmp_path, name, count):
    """A damaged cache is decoded anew: nobody needs to know, and nothing else is ever read."""
    first = tree()
    (folder,) = (tmp_path / "cache").iterdir()
    content = (folder / name).read_bytes()
    others = [path.read_bytes() for path in sorted(folder.iterdir())]
    times = TIMES // 4
    for what, damaged in islice(corruptions(content, others, Random(1)), times):
        (folder / name).write_bytes(damaged)
        assert tree().checksum == first.checksum, what
        # Mended, or as harmless as before: the next start finds the same images.
        assert tree().checksum == first.checksum, what
    count("damaged: decoded images", times, "nothing read wrongly; decoded anew")


def test_decoded_images_without_the_archive(tree, tmp_path, count):
    """Nothing to decode anew from: a damaged cache is missed, and never used."""
    first = tree()
    (folder,) = (tmp_path / "cache").iterdir()
    (tmp_path / "cifar10_jpeg.tar.xz").unlink()
    target = folder / "train_images.npy"
    content = target.read_bytes()
    for what, damaged in islice(corruptions(content, [], Random(2)), TIMES):
        target.write_bytes(damaged)
        with pytest.raises(SuiteError, match="python -m zerosnet data fetch"):
            pytest.fail(f"{what}: {tree().checksum}")
    target.write_bytes(content)
    assert tree().checksum == first.checksum
    count("damaged: decoded images without their archive", TIMES, "nothing read wrongly")


def test_the_papers_facts(checkout, count):
    """Tables, statements, recipes: not one other bit, however plausible."""
    folder = paper_folder(checkout)
    names = sorted(pinned_names(folder))
    contents = [(folder / name).read_bytes() for name in names]
    for number, name in enumerate(names):
        load = load_statements if name == "statements.csv" else load_paper
        counts = driven(
            folder / name,
            contents,
            lambda load=load: load(folder),
            lambda one, other: one == other,
            TIMES // 8,
            seed=number,
        )
        assert counts["refused"] == TIMES // 8
    count("damaged: the paper's facts", TIMES // 8 * len(names), "nothing read wrongly")


def test_the_list_of_checksums(checkout, count):
    """A damaged list refuses, or names the files that it does not know any more."""
    folder = paper_folder(checkout)
    content = (folder / SUMS).read_bytes()
    name = "tables/table01_preresnet32_alpha_cifar10.csv"
    whole = read_pinned(folder, name)
    for what, damaged in islice(corruptions(content, [], Random(5)), TIMES):
        (folder / SUMS).write_bytes(damaged)
        assert settled(lambda: read_pinned(folder, name), SUMS) in (whole, None), what
    count("damaged: the list of their checksums", TIMES, "nothing read wrongly")


@pytest.mark.parametrize("name", ["claims.yaml", "params.yaml"])
def test_files_that_people_write(checkout, project, name, count):
    """A letter of a sentence may change unseen: what is read is exactly what the file says.

    They are reviewed line by line, and not pinned; see ``zerosnet/files/pinned.py``.
    """
    path = (checkout if name == "params.yaml" else paper_folder(checkout)) / name
    if name == "params.yaml":
        shutil.copyfile(project / name, path)
    content = path.read_bytes()
    before = yaml.safe_load(content)

    def load():
        if name == "params.yaml":
            return {p: load_profile(path, p) for p in ("smoke", "mini", "paper")}
        return load_claims(path)

    counts = Counter()
    rng = Random(4)
    for _, damaged in islice(corruptions(content, [b"a: 1\n", b"- a\n"], rng), TIMES):
        path.write_bytes(damaged)
        found = settled(load, name)
        if found is None:
            counts["refused"] += 1
            continue
        # What is read is what the file now says, by a reader of its own.
        said = yaml.safe_load(damaged)
        counts["harmless" if said == before else "another text"] += 1
        if name == "claims.yaml":
            assert [claim.id for claim in found] == [entry["id"] for entry in said]
            for claim, entry in zip(found, said, strict=True):
                assert all(getattr(claim, field) == value for field, value in entry.items())
    assert counts["refused"] > TIMES // 4
    count(f"damaged: {name}", TIMES, "read as it stands, or refused")


def test_members_are_hashed_by_name_and_content(tmp_path):
    """What the archive's checksum is over: not one image under another's name."""
    path = write_tar(tmp_path / "a.tar.xz", TREE)
    swapped = dict(zip(TREE, reversed(TREE.values()), strict=True))
    other = write_tar(tmp_path / "b.tar.xz", swapped)
    assert checksum(path, "members") != checksum(other, "members")
    buffer = io.BytesIO(path.read_bytes())
    with tarfile.open(fileobj=buffer) as archive:
        assert len(archive.getnames()) == len(list(image_members(path, 1 << 20)))
