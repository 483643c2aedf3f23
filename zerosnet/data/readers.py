"""From verified raw files to arrays, one reader for each format of the catalogue."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zerosnet.data.archives import image_members, read_gzip, unpack_tar
from zerosnet.data.arrays import Bytes, idx_array, npz_arrays
from zerosnet.data.catalogue import DataSet
from zerosnet.data.pictures import NoPictureError, pictures_checked
from zerosnet.files.errors import SuiteError
from zerosnet.files.temporary import temporary_folder


@dataclass(frozen=True)
class Arrays:
    """Images (N, side, side, channels) and labels (N,) of both splits, uint8."""

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes


def read(wanted: DataSet, files: Sequence[Path]) -> Arrays:
    """Read a data set whose files have been verified.

    Raises:
        SuiteError: what the files hold is not what the catalogue says.
    """
    arrays = _READERS[wanted.format](wanted, files)
    for split, count in (("train", wanted.train), ("test", wanted.test)):
        images, labels = getattr(arrays, f"{split}_images"), getattr(arrays, f"{split}_labels")
        expected = (count, wanted.size, wanted.size, wanted.channels)
        if images.shape != expected or labels.shape != (count,):
            raise SuiteError(
                f"data set {wanted.name}: {split} images have shape {images.shape}, "
                f"labels {labels.shape}, but {expected} was expected"
            )
        if int(labels.max()) >= wanted.classes:
            raise SuiteError(f"data set {wanted.name}: label {labels.max()} is out of range")
    return arrays


def _digits(wanted: DataSet, _files: Sequence[Path]) -> Arrays:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    # 0 … 16 becomes 0 … 255.
    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)[..., None]
    labels = bunch.target.astype(np.uint8)
    cut = wanted.train
    return Arrays(images[:cut], labels[:cut], images[cut:], labels[cut:])


def _cifar(wanted: DataSet, files: Sequence[Path]) -> Arrays:
    """CIFAR's batches, in the order in which they are published."""
    return (_binary_batches if "binary" in files[0].name else _pickled_batches)(wanted, files[0])


def _binary_batches(wanted: DataSet, file: Path) -> Arrays:
    """CIFAR-10's binary version: of every image one byte for the label, then its colour planes."""
    content = dict(image_members(file, wanted.most_bytes))
    length = 1 + wanted.size**2 * wanted.channels
    splits = []
    for names in ([f"data_batch_{number}.bin" for number in range(1, 6)], ["test_batch.bin"]):
        absent = [name for name in names if not content.get(name) or len(content[name]) % length]
        if absent:
            raise SuiteError(f"{file} holds no whole {absent[0]}: delete it and fetch it again")
        data = b"".join(content[name] for name in names)
        records = np.frombuffer(data, np.uint8).reshape(-1, length)
        planes = records[:, 1:].reshape(-1, wanted.channels, wanted.size, wanted.size)
        splits.append((planes.transpose(0, 2, 3, 1), records[:, 0]))
    return Arrays(*splits[0], *splits[1])


def _pickled_batches(wanted: DataSet, file: Path) -> Arrays:
    """The batches of CIFAR's archive for Python, read by torchvision.

    The batches are pickles, and loading one can run any code.  They are reached only where the
    archive's checksum holds, which the caller has seen to, and torchvision compares the checksum
    that it has of every single batch once more before it loads one.
    """
    from torchvision.datasets import CIFAR10, CIFAR100

    kind = CIFAR100 if wanted.classes == 100 else CIFAR10
    with temporary_folder() as folder:
        unpack_tar(file, folder, wanted.most_bytes)
        try:
            splits = [kind(folder, train=train) for train in (True, False)]
        except RuntimeError:
            raise SuiteError(
                f"{file} holds other batches than {wanted.title}: delete it and fetch it again"
            ) from None
    (train_images, train_labels), (test_images, test_labels) = (
        (np.asarray(split.data, np.uint8), np.asarray(split.targets).astype(np.uint8))
        for split in splits
    )
    return Arrays(train_images, train_labels, test_images, test_labels)


def _mnist(wanted: DataSet, files: Sequence[Path]) -> Arrays:
    images, labels = (
        [
            idx_array(read_gzip(files[at], wanted.most_bytes), dimensions, str(files[at]))
            for at in places
        ]
        for places, dimensions in (((0, 2), 3), ((1, 3), 1))
    )
    return Arrays(images[0][..., None], labels[0], images[1][..., None], labels[1])


def _jpeg_tree(wanted: DataSet, files: Sequence[Path]) -> Arrays:
    """JPEG images ``train/<class>/….jpg`` and ``test/<class>/….jpg``."""
    content: dict[str, list[tuple[str, bytes]]] = {"train": [], "test": []}
    for name, data in image_members(files[0], wanted.most_bytes):
        if (split := name.partition("/")[0]) in content:  # else a batch, which is of another format
            content[split].append((name, data))
    if not content["test"]:
        raise SuiteError(f"{files[0]} holds no test images: delete it and fetch it again")
    classes = sorted({name.split("/")[1] for name, _ in content["train"]})
    number = {label: index for index, label in enumerate(classes)}
    strange = [name for name, _ in content["test"] if name.split("/")[1] not in number]
    if len(classes) != wanted.classes or strange:
        raise SuiteError(
            f"{files[0]} has {len(classes)} classes of training images, but {wanted.name} has "
            f"{wanted.classes}" + (f"; {strange[0][:80]} is of none of them" if strange else "")
        )
    splits = []
    for split in ("train", "test"):
        # Image after image of every class in turn, so that any first part is balanced.
        entries = sorted(content[split], key=lambda entry: entry[0].split("/")[::-1])
        images = np.stack([_jpeg(data, wanted, f"{files[0]}, {name}") for name, data in entries])
        labels = np.array([number[name.split("/")[1]] for name, _ in entries], dtype=np.uint8)
        splits.append((images, labels))
    return Arrays(*splits[0], *splits[1])


def _jpeg(data: bytes, wanted: DataSet, where: str) -> Bytes:
    """The pixels of one image, (side, side, 3); its size is looked at before it is decoded."""
    from PIL import Image

    try:
        with pictures_checked():
            picture = Image.open(io.BytesIO(data), formats=("JPEG",))
            if picture.size != (wanted.size, wanted.size):
                raise ValueError(f"{picture.width}×{picture.height} pixels")
            return np.asarray(picture.convert("RGB"))
    except NoPictureError as error:
        raise SuiteError(
            f"{where} is no whole JPEG of {wanted.size}×{wanted.size} pixels ({error})"
        ) from None


def _npz(wanted: DataSet, files: Sequence[Path]) -> Arrays:
    shapes = shapes_of(wanted)
    arrays = npz_arrays(files[0], shapes)
    return Arrays(*(arrays[name] for name in shapes))


def shapes_of(wanted: DataSet) -> dict[str, tuple[int, ...]]:
    """The shapes of a data set's :class:`Arrays`, by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for split, count in (("train", wanted.train), ("test", wanted.test)):
        shapes[f"{split}_images"] = (count, wanted.size, wanted.size, wanted.channels)
        shapes[f"{split}_labels"] = (count,)
    return shapes


_READERS: dict[str, Callable[[DataSet, Sequence[Path]], Arrays]] = {
    "digits": _digits,
    "cifar": _cifar,
    "mnist": _mnist,
    "jpeg-tree": _jpeg_tree,
    "npz": _npz,
}
