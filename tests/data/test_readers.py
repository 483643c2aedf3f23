"""Readers: the published layouts, as torchvision reads them."""

from __future__ import annotations

import gzip
import pickle
from dataclasses import astuple, replace

import numpy as np
import pytest
import torchvision.datasets as published
from archives import TREE, cifar_batches, idx, jpeg, tree_set, write_tar

from zerosnet.data.arrays import idx_array
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.data.readers import read
from zerosnet.files.errors import SuiteError

BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"]


def test_digits_are_real_images_inside_a_package():
    arrays = read(CATALOGUE["digits"], [])
    assert arrays.train_images.shape == (1500, 8, 8, 1)
    assert arrays.train_images.max() == 255
    assert len(arrays.test_labels) == 297


def test_digits_are_normalized_by_their_own_mean():
    wanted = CATALOGUE["digits"]
    pixels = read(wanted, []).train_images / 255
    assert pixels.mean() == pytest.approx(wanted.mean[0], abs=5e-4)
    assert pixels.std() == pytest.approx(wanted.std[0], abs=5e-4)


def test_jpeg_trees_come_class_by_turns(tmp_path):
    wanted = tree_set(tmp_path)
    arrays = read(wanted, [tmp_path / "cifar10_jpeg.tar.xz"])
    assert arrays.train_images.shape == (4, 32, 32, 3)
    assert arrays.train_labels.tolist() == [0, 1, 0, 1]
    # The images of the archive have one grey each: 60 · number + 10 · class.
    assert np.round(arrays.train_images.mean(axis=(1, 2, 3))).tolist() == [0, 10, 60, 70]
    assert arrays.test_labels.tolist() == [0, 1]


def test_mnist_files_are_read_as_torchvision_reads_them(tmp_path):
    generator = np.random.default_rng(0)
    images = [generator.integers(256, size=(n, 28, 28)) for n in (6, 4)]
    labels = [generator.integers(10, size=n) for n in (6, 4)]
    names = [raw.name.rpartition("/")[2] for raw in CATALOGUE["mnist"].files]
    files = [tmp_path / name for name in names]
    for file, array in zip(files, (images[0], labels[0], images[1], labels[1]), strict=True):
        file.write_bytes(idx(array))
    for name in ("mnist", "fashion-mnist"):
        arrays = read(replace(CATALOGUE[name], train=6, test=4), files)
        assert arrays.train_images.shape == (6, 28, 28, 1)
        assert np.array_equal(arrays.train_images[..., 0], images[0])
        for file in files:
            plain = tmp_path / file.stem
            plain.write_bytes(gzip.decompress(file.read_bytes()))
            assert np.array_equal(
                published.mnist.read_sn3_pascalvincent_tensor(str(plain)).numpy(),
                idx_array(plain.read_bytes(), 3 if "images" in file.name else 1, "a file"),
            )
        assert arrays.test_labels.tolist() == labels[1].tolist()


@pytest.fixture
def pickled_cifar(tmp_path, monkeypatch):
    """The batches of a CIFAR-10 with two images each, and their archive for Python."""
    batches, members = cifar_batches(2)
    file = write_tar(tmp_path / "cifar-10-python.tar.gz", members, "w:gz")
    # The batches' own checksums are those of the real ones; the archive's is checked before.
    monkeypatch.setattr(published.CIFAR10, "_check_integrity", lambda _self: True)
    monkeypatch.setattr(published.CIFAR10, "_load_meta", lambda _self: None)
    return batches, file


def test_cifar_batches_are_read_by_torchvision(pickled_cifar):
    batches, file = pickled_cifar
    arrays = read(replace(CATALOGUE["cifar10"], train=10, test=2), [file])
    first = batches["data_batch_1"]
    assert np.array_equal(
        arrays.train_images[0], first["data"][0].reshape(3, 32, 32).transpose(1, 2, 0)
    )
    assert arrays.train_labels[:2].tolist() == first["labels"]
    assert arrays.test_labels.tolist() == batches["test_batch"]["labels"]


def test_the_binary_version_has_the_images_of_the_pickled_one(tmp_path, pickled_cifar):
    batches, pickled = pickled_cifar
    wanted = replace(CATALOGUE["cifar10"], train=10, test=2)
    packed = {
        f"cifar-10-batches-bin/{name}.bin": np.column_stack(
            [np.array(batch["labels"], dtype=np.uint8), batch["data"]]
        ).tobytes()
        for name, batch in batches.items()
    }
    binary = write_tar(tmp_path / "cifar-10-binary.tar.gz", packed, "w:gz")
    one, other = read(wanted, [pickled]), read(wanted, [binary])
    assert all(map(np.array_equal, astuple(one), astuple(other)))
    packed["cifar-10-batches-bin/test_batch.bin"] += b"more"
    binary = write_tar(tmp_path / "cifar-10-binary.tar.gz", packed, "w:gz")
    with pytest.raises(SuiteError, match=r"holds no whole test_batch\.bin"):
        read(wanted, [binary])
    del packed["cifar-10-batches-bin/data_batch_5.bin"]
    binary = write_tar(tmp_path / "cifar-10-binary.tar.gz", packed, "w:gz")
    with pytest.raises(SuiteError, match=r"holds no whole data_batch_5\.bin"):
        read(replace(wanted, train=8), [binary])


def test_lossless_heads_come_without_pickle(tmp_path):
    wanted = replace(CATALOGUE["cifar10-head"], train=3, test=2)
    arrays = {
        f"{split}_{what}": np.zeros((n, 32, 32, 3) if what == "images" else n, dtype=np.uint8)
        for split, n in (("train", 3), ("test", 2))
        for what in ("images", "labels")
    }
    np.savez(tmp_path / "head.npz", **arrays)
    assert read(wanted, [tmp_path / "head.npz"]).train_images.shape == (3, 32, 32, 3)
    arrays["train_labels"] = np.array([object()] * 3)
    np.savez(tmp_path / "evil.npz", **arrays)
    with pytest.raises(SuiteError, match=r"train_labels is no array of shape \(3,\) of uint8"):
        read(wanted, [tmp_path / "evil.npz"])
    arrays["train_labels"] = np.full(3, 10, dtype=np.uint8)
    np.savez(tmp_path / "labels.npz", **arrays)
    with pytest.raises(SuiteError, match="label 10 is out of range"):
        read(wanted, [tmp_path / "labels.npz"])


def test_what_the_catalogue_does_not_say_is_refused(tmp_path):
    wanted = tree_set(tmp_path)
    files = [tmp_path / "cifar10_jpeg.tar.xz"]
    with pytest.raises(SuiteError, match=r"train images have shape \(4, 32, 32, 3\)"):
        read(replace(wanted, train=5), files)
    with pytest.raises(SuiteError, match=r"has 2 classes of training images, but .* has 1"):
        read(replace(wanted, classes=1), files)
    assert len(TREE) == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train/bird/0001.jpg": jpeg(9, side=48)}, r"train/bird/0001.jpg is no whole .*48×48"),
        ({"train/bird/0001.jpg": jpeg(9)[:200]}, "train/bird/0001.jpg is no whole JPEG"),
        ({"train/bird/0001.jpg": b"GIF89a"}, "is no whole JPEG of 32×32 pixels"),
        ({"test/cat/0000.jpg": jpeg(9)}, "test/cat/0000.jpg is of none of them"),
        ({"train/cat/0000.jpg": jpeg(9)}, "has 3 classes of training images"),
    ],
)
def test_images_that_are_none_are_named(tmp_path, changes, message):
    wanted = tree_set(tmp_path)
    file = write_tar(tmp_path / "other.tar.xz", {**TREE, **changes})
    with pytest.raises(SuiteError, match=message) as caught:
        read(wanted, [file])
    assert "\n" not in str(caught.value)


def test_an_archive_without_test_images_is_refused_and_a_batch_in_it_is_passed_over(tmp_path):
    wanted = tree_set(tmp_path)
    trained = {name: data for name, data in TREE.items() if name.startswith("train")}
    file = write_tar(tmp_path / "other.tar.xz", {**trained, "data_batch_1.bin": b"batch"})
    with pytest.raises(SuiteError, match="holds no test images: delete it"):
        read(wanted, [file])
    file = write_tar(tmp_path / "both.tar.xz", {**TREE, "data_batch_1.bin": b"batch"})
    assert read(wanted, [file]).test_images.shape == (2, 32, 32, 3)


def test_an_image_that_unfolds_to_gigabytes_is_not_decoded(tmp_path):
    """The size stands in the header: 65,500 pixels square."""
    head = bytearray(jpeg(9))
    at = head.index(b"\xff\xc0") + 5
    head[at : at + 4] = (65500).to_bytes(2, "big") * 2
    wanted = tree_set(tmp_path)
    file = write_tar(tmp_path / "bomb.tar.xz", {**TREE, "train/bird/0001.jpg": bytes(head)})
    with pytest.raises(SuiteError, match="is no whole JPEG of 32×32 pixels"):
        read(wanted, [file])


def test_other_batches_are_never_unpickled(tmp_path):
    """torchvision's own checksums stand before the pickles, besides the archive's."""
    touched = tmp_path / "touched"

    class Evil:
        def __reduce__(self):
            return type(touched).touch, (touched,)

    members = {f"cifar-10-batches-py/{name}": pickle.dumps(Evil()) for name in BATCHES}
    file = write_tar(tmp_path / "cifar-10-python.tar.gz", members, "w:gz")
    with pytest.raises(SuiteError, match="holds other batches than CIFAR-10"):
        read(CATALOGUE["cifar10"], [file])
    assert not touched.exists()
