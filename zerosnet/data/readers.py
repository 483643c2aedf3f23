"""From verified raw files to arrays, one reader for each format of the catalogue."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosnet.data.catalogue import DataSet
from zerosnet.data.rawfiles import image_members
from zerosnet.errors import SuiteError

Bytes = NDArray[np.uint8]


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
    from torchvision.datasets import CIFAR10, CIFAR100

    kind = CIFAR100 if wanted.classes == 100 else CIFAR10
    return _through_torchvision(files, lambda folder, train: kind(folder, train=train), "")


def _mnist(wanted: DataSet, files: Sequence[Path]) -> Arrays:
    from torchvision.datasets import MNIST, FashionMNIST

    kind = FashionMNIST if wanted.name == "fashion-mnist" else MNIST
    below = f"{kind.__name__}/raw"
    return _through_torchvision(files, lambda folder, train: kind(folder, train=train), below)


def _through_torchvision(
    files: Sequence[Path], build: Callable[[Path, bool], Any], below: str
) -> Arrays:
    """Unpack verified archives where torchvision's class expects them, and let it read them."""
    from torchvision.datasets.utils import extract_archive

    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / below
        place.mkdir(parents=True, exist_ok=True)
        for file in files:
            extract_archive(str(file), str(place))
        splits = [build(Path(name), train) for train in (True, False)]
        pairs = [(np.asarray(split.data), np.asarray(split.targets)) for split in splits]
    (train_images, train_labels), (test_images, test_labels) = (
        (_with_channels(images).astype(np.uint8), labels.astype(np.uint8))
        for images, labels in pairs
    )
    return Arrays(train_images, train_labels, test_images, test_labels)


def _with_channels(images: NDArray[Any]) -> NDArray[Any]:
    return images if images.ndim == 4 else images[..., None]


def _jpeg_tree(_wanted: DataSet, files: Sequence[Path]) -> Arrays:
    from PIL import Image

    content: dict[str, list[tuple[str, bytes]]] = {"train": [], "test": []}
    for name, data in image_members(files[0]):
        content[name.partition("/")[0]].append((name, data))
    classes = sorted({name.split("/")[1] for name, _ in content["train"]})
    number = {label: index for index, label in enumerate(classes)}
    splits = []
    for split in ("train", "test"):
        # Image after image of every class in turn, so that any first part is balanced.
        entries = sorted(content[split], key=lambda entry: entry[0].split("/")[::-1])
        images = np.stack(
            [np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for _, data in entries]
        )
        labels = np.array([number[name.split("/")[1]] for name, _ in entries], dtype=np.uint8)
        splits.append((images, labels))
    return Arrays(*splits[0], *splits[1])


def _npz(_wanted: DataSet, files: Sequence[Path]) -> Arrays:
    with np.load(files[0], allow_pickle=False) as arrays:
        return Arrays(
            *(
                arrays[f"{split}_{what}"]
                for split in ("train", "test")
                for what in ("images", "labels")
            )
        )


_READERS: dict[str, Callable[[DataSet, Sequence[Path]], Arrays]] = {
    "digits": _digits,
    "cifar": _cifar,
    "mnist": _mnist,
    "jpeg-tree": _jpeg_tree,
    "npz": _npz,
}
