"""Images in every format of the catalogue, damaged: the right pixels, or one line."""

from __future__ import annotations

import gzip
import pickle
import tempfile
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from archives import TREE, cifar_batches, idx, jpeg, tree_set, write_tar, write_zip
from fuzzing import damaged, fuzzed, settled
from hypothesis import given
from hypothesis import strategies as st

from zerosnet.data.archives import image_members, read_gzip, unpack_tar
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.data.rawfiles import checksum
from zerosnet.data.readers import read, shapes_of
from zerosnet.training.imagenet.images import ImageFolder

ROOM = 1 << 20


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def tree(place):
    wanted = tree_set(place)
    files = {
        "a.tar.xz": (place / "cifar10_jpeg.tar.xz").read_bytes(),
        "a.tar.gz": write_tar(place / "a.tar.gz", TREE, "w:gz").read_bytes(),
        "a.tar": write_tar(place / "a.tar", TREE, "w").read_bytes(),
        "a.zip": write_zip(place / "a.zip", TREE, prefix="master/").read_bytes(),
    }
    return wanted, files


def right_shapes(wanted, arrays):
    """Whatever was read has the catalogue's shapes, and labels of its classes."""
    for name, shape in shapes_of(wanted).items():
        found = getattr(arrays, name)
        assert found.shape == shape
        assert found.dtype == np.uint8
        assert "labels" not in name or found.max() < wanted.classes


@fuzzed(150)
@given(data=st.data())
def test_archives_of_images(place, tree, data):
    """As if their checksum held: the readers themselves take nothing that is none."""
    wanted, files = tree
    name = data.draw(st.sampled_from(sorted(files)))
    path = place / f"damaged-{name}"
    path.write_bytes(data.draw(damaged(files[name], list(files.values()))))
    settled(lambda: checksum(path, "members"), path.name)
    arrays = settled(lambda: read(wanted, [path]), "")
    if arrays is not None:
        right_shapes(wanted, arrays)


@fuzzed(60)
@given(data=st.data())
def test_images_in_an_archive(place, tree, data):
    """The archive is whole, an image in it is not."""
    name = data.draw(st.sampled_from(sorted(TREE)))
    other = data.draw(
        st.one_of(
            damaged(TREE[name], [jpeg(5, side=16)]),
            st.binary(max_size=50).map(lambda rest: b"\xff\xd8\xff" + rest),
        )
    )
    path = write_zip(place / "damaged.zip", {**TREE, name: other})
    arrays = settled(lambda: read(tree[0], [path]), "damaged.zip")
    if arrays is not None:
        right_shapes(tree[0], arrays)


MEMBERS = st.one_of(
    st.sampled_from(["train/a/0.jpg", "test/a/1.jpg", "../x", "/x", "a/../../x", "", ".", "train"]),
    st.text(max_size=12),
)


@fuzzed(100)
@given(
    members=st.dictionaries(MEMBERS, st.binary(max_size=20), max_size=4),
    mode=st.sampled_from(["w", "w:gz", "w:xz"]),
    data=st.data(),
)
def test_unpacking(place, members, mode, data):
    """Nothing is ever written beside the folder."""
    path = write_tar(place / "any.tar", {k: v for k, v in members.items() if "\0" not in k}, mode)
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(damaged(path.read_bytes())))
    (place / "in" / "out").mkdir(parents=True, exist_ok=True)
    before = sorted(place.iterdir())
    settled(lambda: unpack_tar(path, place / "in" / "out", ROOM), "any.tar")
    assert [entry.name for entry in (place / "in").iterdir()] == ["out"]
    assert sorted(place.iterdir()) == before
    settled(lambda: list(image_members(path, ROOM)), "any.tar")


@fuzzed(100)
@given(data=st.data())
def test_mnist(place, data):
    generator = np.random.default_rng(0)
    names = [raw.name.rpartition("/")[2] for raw in CATALOGUE["mnist"].files]
    shapes = ((3, 28, 28), (3,), (2, 28, 28), (2,))
    contents = [idx(generator.integers(10, size=shape)) for shape in shapes]
    at = data.draw(st.integers(0, 3))
    if data.draw(st.booleans()):  # damage to the numbers, in a whole file of gzip
        contents[at] = gzip.compress(data.draw(damaged(gzip.decompress(contents[at]))))
    else:
        contents[at] = data.draw(damaged(contents[at], contents))
    for name, content in zip(names, contents, strict=True):
        (place / name).write_bytes(content)
    wanted = replace(CATALOGUE["mnist"], train=3, test=2)
    arrays = settled(lambda: read(wanted, [place / name for name in names]), "")
    if arrays is not None:
        right_shapes(wanted, arrays)
    settled(lambda: read_gzip(place / names[at], 100), names[at])


@fuzzed(60)
@given(data=st.data())
def test_cifar(place, data):
    """No damaged batch is unpickled: torchvision has the checksum of every one."""
    _, members = cifar_batches(1)
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = data.draw(damaged(members[name], [pickle.dumps({"data": 0})]))
    path = write_tar(place / "cifar-10-python.tar.gz", members, "w:gz")
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(damaged(path.read_bytes())))
    assert settled(lambda: read(CATALOGUE["cifar10"], [path]), path.name) is None


@fuzzed(100)
@given(data=st.data())
def test_arrays(place, data):
    wanted = replace(CATALOGUE["cifar10-head"], train=2, test=1)
    arrays = {name: np.full(shape, 7, np.uint8) for name, shape in shapes_of(wanted).items()}
    save = data.draw(st.sampled_from([np.savez, np.savez_compressed]))
    save(place / "head.npz", **arrays)
    path = place / "head.npz"
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    found = settled(lambda: read(wanted, [path]), "head.npz")
    if found is not None:
        right_shapes(wanted, found)
        # Every byte has a checksum in the archive.
        assert all((array == 7).all() for array in astuple(found))


@fuzzed(100)
@given(data=st.data())
def test_folders_of_images(place, data):
    """Links in loops, folders by the names of images, images that are none."""
    root = Path(tempfile.mkdtemp(dir=place))
    for label in ("a", "b"):
        (root / label).mkdir(parents=True, exist_ok=True)
    for number in range(data.draw(st.integers(0, 4))):
        path = root / data.draw(st.sampled_from("ab")) / f"{number}.jpg"
        kind = data.draw(st.sampled_from(["image", "damaged", "folder", "up", "self", "nowhere"]))
        if kind == "folder":
            path.mkdir()
        elif kind in ("up", "self", "nowhere"):
            path.symlink_to({"up": root, "self": path, "nowhere": root / "absent"}[kind])
        else:
            whole = TREE["train/bird/0001.jpg"]
            path.write_bytes(whole if kind == "image" else data.draw(damaged(whole)))
    folder = ImageFolder(root)
    for index, path in enumerate(folder.files):
        item = settled(lambda index=index: folder[index], path)
        assert item is None or item[0].mode == "RGB"
