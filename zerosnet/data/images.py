"""Images as tensors: loaded once, checked, reduced, and ready to lie on the device as a whole."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zerosnet.data.arrays import Bytes, npy_array
from zerosnet.data.catalogue import DataSet, RawFile, data_set
from zerosnet.data.rawfiles import files_at_hand, verified_files
from zerosnet.data.readers import Arrays, read, shapes_of
from zerosnet.data.stamps import Stamps
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import data_folders, scratch_folder
from zerosnet.files.storage import read_json, write_atomically, write_json

_CACHE_SCHEMA = 1


@dataclass(frozen=True)
class ImageSet:
    """Both splits of a data set.

    Attributes:
        train_images, test_images: uint8 (N, side, side, channels).
        train_labels, test_labels: int64 (N,).
        checksum: SHA-256 of exactly these images and labels; every record carries it.
        held_out_images, held_out_labels: training images set aside, likewise; ``None``: none are.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    checksum: str
    held_out_images: Tensor | None = None
    held_out_labels: Tensor | None = None


def load(
    name: str,
    *,
    size: int | None = None,
    train: int | None = None,
    test: int | None = None,
    held_out: int | None = None,
    folders: Sequence[Path] | None = None,
    cache: Path | None = None,
) -> ImageSet:
    """Load a data set, verified, and reduced as a profile asks.

    Args:
        name: of the catalogue.
        size: side in pixels after averaging over squares; a divisor of the images' own.
        train, test: number of images: the first ones of every class, as many from each.
        held_out: number of training images that are set aside: the next ones of every class.
        folders: where raw files are looked for; by default those of :mod:`zerosnet.files.paths`.
        cache: where decoded images are kept; by default in the scratch folder.

    Raises:
        SuiteError: the name is unknown or of a data set in folders, a file is missing or damaged,
            or the reduction impossible.
    """
    wanted = data_set(name)
    if wanted.format == "folder":
        raise SuiteError(
            f"data set {name} lies in folders, which ImageNet's training alone reads: choose "
            "another in params.yaml"
        )
    arrays = _cached(wanted, folders or data_folders(), cache or scratch_folder() / "images")
    train_images, train_labels = _first_of_each_class(
        arrays.train_images, arrays.train_labels, train, f"{name}, train"
    )
    test_images, test_labels = _first_of_each_class(
        arrays.test_images, arrays.test_labels, test, f"{name}, test"
    )
    splits = [(train_images, train_labels), (test_images, test_labels)]
    if held_out is not None:
        splits.append(
            _first_of_each_class(
                arrays.train_images,
                arrays.train_labels,
                held_out,
                f"{name}, held out of train",
                after=len(arrays.train_labels) if train is None else train,
            )
        )
    if size is not None:
        splits = [(_averaged(images, size, name), labels) for images, labels in splits]
    checksum = _digest([part for split in splits for part in split])
    tensors = [
        (torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))
        for images, labels in splits
    ]
    train_tensors, test_tensors, *held_out_tensors = tensors
    return ImageSet(*train_tensors, *test_tensors, checksum, *chain(*held_out_tensors))


def _first_of_each_class(
    images: Bytes, labels: Bytes, count: int | None, what: str, after: int = 0
) -> tuple[Bytes, Bytes]:
    """As many images of every class, the first ones, in their order; copies, never views.

    Args:
        images, labels: (N, …) and (N,).
        count: how many images; ``None`` takes all.
        what: they are, for the message.
        after: how many images to pass over first, the same number from every class.

    Raises:
        SuiteError: the classes do not have so many images, or the number is no multiple of theirs.
    """
    if count is None:
        return images.copy(), labels.copy()
    classes = int(labels.max()) + 1
    each, rest = divmod(count, classes)
    passed = after // classes
    smallest = max(0, int(np.bincount(labels, minlength=classes).min()) - passed)
    if rest or each > smallest:
        raise SuiteError(
            f"{what}: {count} images cannot be the same number from each of {classes} classes "
            f"(at most {smallest} each): choose a multiple of {classes} up to {smallest * classes}"
        )
    chosen = np.sort(
        np.concatenate(
            [np.flatnonzero(labels == label)[passed : passed + each] for label in range(classes)]
        )
    )
    return images[chosen], labels[chosen]


def _averaged(images: Bytes, size: int, name: str) -> Bytes:
    """Every pixel the mean of a square of pixels, rounded: (N, s·k, s·k, C) → (N, s, s, C)."""
    count, side, _, channels = images.shape
    factor, rest = divmod(side, size)
    if rest or factor < 1:
        raise SuiteError(
            f"{name}: images of {side}×{side} cannot be averaged to {size}×{size}: "
            f"choose a divisor of {side}"
        )
    if factor == 1:
        return images
    squares = images.reshape(count, size, factor, size, factor, channels).astype(np.uint32)
    area = factor * factor
    averaged: Bytes = ((squares.sum(axis=(2, 4)) + area // 2) // area).astype(np.uint8)
    return averaged


def _cached(wanted: DataSet, folders: Sequence[Path], cache: Path) -> Arrays:
    """The decoded images: from the cache where they are there and whole, else from raw files.

    Raw files that are at hand are checked in either case, but read only where they have changed
    since (:mod:`zerosnet.data.stamps`).  With a whole cache they need not be there.
    """
    if not wanted.files:
        return read(wanted, [])
    # The folder is named by the checksum that the raw files must have: other files, other folder.
    pinned = "\n".join(raw.checksum for raw in wanted.files)
    folder = cache / f"{wanted.name}-{hashlib.sha256(pinned.encode()).hexdigest()[:12]}"
    stamps = Stamps(folder / "raw.json")
    kept = _from_cache(folder, shapes_of(wanted))
    if kept is not None:
        for raw, path in files_at_hand(wanted, folders):
            if path is not None:
                _still(path, raw, stamps)
        return kept
    arrays = read(wanted, verified_files(wanted, folders, stamps.verify))
    for field in fields(arrays):
        content = np.ascontiguousarray(getattr(arrays, field.name))
        write_atomically(folder / f"{field.name}.npy", _npy(content))
    # Written last: a folder without it is no cache.
    write_json(folder / "whole.json", {"schema": _CACHE_SCHEMA, "sha256": _digest(astuple(arrays))})
    return arrays


def _still(path: Path, raw: RawFile, stamps: Stamps) -> None:
    try:
        stamps.verify(path, raw)
    except SuiteError as error:
        raise SuiteError(
            f"a raw file is no longer what its images were decoded from: {error}, or go on without "
            "it: the decoded images are whole"
        ) from None


def _from_cache(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> Arrays | None:
    try:
        expected = read_json(folder / "whole.json", _CACHE_SCHEMA).get("sha256")
        arrays = Arrays(
            *(
                npy_array((folder / f"{name}.npy").read_bytes(), shape, name)
                for name, shape in shapes.items()
            )
        )
    except (SuiteError, OSError):
        return None  # absent or damaged: decoded anew
    return arrays if _digest(astuple(arrays)) == expected else None


def _npy(array: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _digest(arrays: Sequence[NDArray[np.uint8]]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
