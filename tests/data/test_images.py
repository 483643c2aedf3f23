"""Images as tensors: balanced, averaged, cached, and checked."""

from __future__ import annotations

import hashlib
import os
import time

import numpy as np
import pytest
import torch
from archives import tree_set

from zerosnet.data import images, stamps
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.files.errors import SuiteError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    wanted = tree_set(tmp_path)
    monkeypatch.setitem(CATALOGUE, "cifar10-jpeg", wanted)

    def load(**choice):
        return images.load("cifar10-jpeg", folders=[tmp_path], cache=tmp_path / "cache", **choice)

    return load


def test_digits_load_without_a_folder(tmp_path):
    loaded = images.load("digits", folders=[tmp_path], cache=tmp_path)
    assert loaded.train_images.dtype == torch.uint8
    assert loaded.train_labels.dtype == torch.int64
    assert loaded.train_images.shape == (1500, 8, 8, 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["imagenet", "digits-folder"])
def test_images_in_folders_are_not_loaded_as_a_whole(tmp_path, name):
    with pytest.raises(SuiteError, match=f"data set {name} lies in folders.* in params.yaml"):
        images.load(name, folders=[tmp_path], cache=tmp_path)


def test_the_first_images_of_every_class(tmp_path):
    whole = images.load("digits", folders=[tmp_path], cache=tmp_path)
    part = images.load("digits", train=50, test=20, folders=[tmp_path], cache=tmp_path)
    assert part.train_labels.bincount().tolist() == [5] * 10
    assert part.test_labels.bincount().tolist() == [2] * 10
    for label in range(10):
        ours = part.train_images[part.train_labels == label]
        assert torch.equal(ours, whole.train_images[whole.train_labels == label][:5])
    assert part.checksum != whole.checksum


def test_images_held_out_are_training_images_of_which_none_is_trained_on(tmp_path):
    whole = images.load("digits", folders=[tmp_path], cache=tmp_path)
    part = images.load("digits", train=50, test=20, held_out=30, folders=[tmp_path], cache=tmp_path)
    assert whole.held_out_images is None
    assert part.held_out_labels.bincount().tolist() == [3] * 10
    for label in range(10):
        ours = part.held_out_images[part.held_out_labels == label]
        assert torch.equal(ours, whole.train_images[whole.train_labels == label][5:8])
    without = images.load("digits", train=50, test=20, folders=[tmp_path], cache=tmp_path)
    assert torch.equal(part.train_images, without.train_images)
    assert part.checksum != without.checksum


def test_nothing_is_left_to_hold_out_of_all_images(tmp_path):
    with pytest.raises(SuiteError, match=r"held out of train: 10 images .* up to 0"):
        images.load("digits", held_out=10, folders=[tmp_path], cache=tmp_path)


def test_the_checksum_is_of_shapes_and_bytes(tmp_path):
    """Every record carries it, so those on record must stay."""
    loaded = images.load("digits", folders=[tmp_path], cache=tmp_path)
    digest = hashlib.sha256()
    for split in ("train", "test"):
        for part in ("images", "labels"):
            array = getattr(loaded, f"{split}_{part}").to(torch.uint8).numpy()
            digest.update(str(array.shape).encode() + array.tobytes())
    assert loaded.checksum == digest.hexdigest()


def test_images_held_out_are_averaged_like_the_others(tmp_path):
    part = images.load("digits", size=4, train=50, held_out=10, folders=[tmp_path], cache=tmp_path)
    assert part.held_out_images.shape == (10, 4, 4, 1)


@pytest.mark.parametrize("train", [55, 2000])
def test_impossible_numbers_say_what_is_possible(tmp_path, train):
    with pytest.raises(SuiteError, match="choose a multiple of 10 up to 1460"):
        images.load("digits", train=train, folders=[tmp_path], cache=tmp_path)


def test_images_are_averaged_over_squares():
    image = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)
    averaged = images._averaged(image, 2, "test")
    # (0 + 1 + 4 + 5) / 4 = 2.5 and so on, halves rounded up.
    assert averaged[0, :, :, 0].tolist() == [[3, 5], [11, 13]]
    bright = np.full((1, 32, 32, 3), 255, dtype=np.uint8)
    assert images._averaged(bright, 8, "test").min() == 255
    assert images._averaged(bright, 32, "test") is bright


@pytest.mark.parametrize("size", [3, 64])
def test_sizes_that_do_not_divide_are_refused(tree, size):
    with pytest.raises(SuiteError, match="choose a divisor of 32"):
        tree(size=size)


def test_decoded_images_are_kept(tree, tmp_path):
    first = tree()
    (tmp_path / "cifar10_jpeg.tar.xz").unlink()
    assert tree().checksum == first.checksum
    assert torch.equal(tree(size=16).train_labels, first.train_labels)


@pytest.mark.parametrize("damage", ["flipped", "removed", "no mark", "swapped"])
def test_a_damaged_cache_is_decoded_anew(tree, tmp_path, damage):
    first = tree()
    (folder,) = (tmp_path / "cache").iterdir()
    target = folder / "train_images.npy"
    if damage == "flipped":
        content = bytearray(target.read_bytes())
        content[-1] ^= 255
        target.write_bytes(content)
    elif damage == "removed":
        target.unlink()
    elif damage == "swapped":
        os.replace(folder / "test_labels.npy", folder / "train_labels.npy")
    else:
        (folder / "whole.json").unlink()
    assert tree().checksum == first.checksum


def test_the_kind_of_the_cached_numbers_counts(tree, tmp_path):
    """As int8 the same bytes are other pixels, and their checksum is the same."""
    first = tree()
    (folder,) = (tmp_path / "cache").iterdir()
    target = folder / "train_images.npy"
    target.write_bytes(target.read_bytes().replace(b"|u1", b"|i1", 1))
    again = tree()
    assert again.train_images.dtype == torch.uint8
    assert again.checksum == first.checksum
    assert b"|u1" in target.read_bytes()


def test_a_cache_without_its_checksum_is_decoded_anew(tree, tmp_path):
    first = tree()
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "whole.json").write_text('{"schema": 1}')
    assert tree().checksum == first.checksum
    assert "sha256" in (folder / "whole.json").read_text()


@pytest.fixture
def archive(tmp_path, tree):
    """The archive, an hour old, so that it gets its stamp."""
    path = tmp_path / "cifar10_jpeg.tar.xz"
    os.utime(path, (time.time() - 3600,) * 2)
    return path


def test_an_unchanged_archive_is_read_once(tree, archive, tmp_path, monkeypatch):
    hashed = []
    real = stamps.checksum_of
    monkeypatch.setattr(stamps, "checksum_of", lambda *a: hashed.append(a) or real(*a))
    first = tree()
    assert tree().checksum == first.checksum
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "whole.json").unlink()  # decoded anew, and still not hashed
    assert tree().checksum == first.checksum
    assert len(hashed) == 1
    os.utime(archive, (time.time() - 1800,) * 2)
    assert tree().checksum == first.checksum
    assert len(hashed) == 2


@pytest.mark.parametrize("same_size", [True, False])
def test_a_changed_archive_is_noticed_with_a_whole_cache(tree, archive, same_size):
    first = tree()
    content = archive.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    archive.write_bytes(flipped if same_size else content[:middle])
    with pytest.raises(SuiteError, match="is no longer what its images were decoded from") as told:
        tree()
    assert str(archive) in str(told.value)
    assert "\n" not in str(told.value)
    assert "go on without it" in str(told.value)
    archive.unlink()
    assert tree().checksum == first.checksum


def test_a_damaged_archive_is_not_used(tree, tmp_path):
    archive = tmp_path / "cifar10_jpeg.tar.xz"
    archive.write_bytes(archive.read_bytes()[:-600])
    with pytest.raises(SuiteError, match="is damaged"):
        tree()
    assert not (tmp_path / "cache").exists()


@pytest.mark.skipif(
    "ZEROSNET_DATA" not in os.environ, reason="real images: set ZEROSNET_DATA=FOLDER"
)
def test_the_jpeg_rendition_is_cifar10(tmp_path):
    """Against the lossless heads: the same images, up to JPEG's loss (30 dB on average)."""
    jpeg = images.load("cifar10-jpeg")
    head = images.load("cifar10-head")
    counted = dict.fromkeys(range(10), 0)
    differences = []
    by_class = {c: jpeg.train_images[jpeg.train_labels == c] for c in range(10)}
    for image, label in zip(head.train_images[:500], head.train_labels[:500].tolist(), strict=True):
        other = by_class[label][counted[label]]
        counted[label] += 1
        differences.append(((image.float() - other.float()) ** 2).mean())
    psnr = 10 * torch.log10(255**2 / torch.stack(differences))
    assert psnr.mean() > 28
    assert psnr.min() > 20
