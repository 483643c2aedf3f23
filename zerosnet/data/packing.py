"""A data set of one's own, packed as the catalogue has them: one ``.npz`` and its entry.

The source is a folder, ``train/<class>/…`` and ``test/<class>/…`` (or ``val``), or an ``.npz`` with
images and labels.  Nothing is learned of it before its checksum stands in the catalogue.
"""

from __future__ import annotations

import hashlib
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zerosnet.data.archives import DAMAGE
from zerosnet.data.arrays import Bytes
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.data.pictures import ENDINGS, FORMATS, NoPictureError, pictures_checked
from zerosnet.data.readers import Arrays
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import is_there
from zerosnet.files.storage import write_atomically

#: How the arrays of an ``.npz`` may be called: images and labels for training, then for testing.
_NAMES = (
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
)
#: Pixels a side.
_LARGEST = 512
#: Labels are bytes.
_MOST_CLASSES = 256


def pack(source: Path, name: str, folder: Path, side: int | None = None) -> tuple[Path, str]:
    """Write a data set's ``.npz``; returns where it is, and the catalogue's entry for it.

    Args:
        source: folder or ``.npz``.
        name: of the data set.
        folder: that gets the file, ``NAME.npz``.
        side: in pixels, to which images of a folder are cut (their middle) and scaled; ``None``
            takes them as they are, which must be squares of one size.

    Raises:
        SuiteError: the name is taken, or the source is no such data set.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise SuiteError(f"name {name[:40]!r}: small letters, digits and hyphens are expected")
    if side is not None and side > _LARGEST:
        raise SuiteError(f"--size is {side}: {_LARGEST} pixels a side at most")
    path = folder / f"{name}.npz"
    if name in CATALOGUE:
        raise SuiteError(f"the catalogue has a data set {name} already: take another name")
    if is_there(path.exists):
        raise SuiteError(f"{path} is there already: remove it, or take another name")
    if is_there(source.is_dir):
        arrays = _from_folder(source, side)
    elif side is not None:
        raise SuiteError("--size is for folders of images: an array is taken as it is")
    else:
        arrays = _from_npz(source)
    content = io.BytesIO()
    np.savez(content, **dict(zip(_NAMES[0], vars(arrays).values(), strict=True)))
    whole = content.getvalue()
    write_atomically(path, whole)
    return path, _entry(name, arrays, whole)


def _from_folder(source: Path, side: int | None) -> Arrays:
    test = next((n for n in ("test", "val") if is_there((source / n).is_dir)), None)
    if test is None or not is_there((source / "train").is_dir):
        raise SuiteError(
            f"{source}: folders train and test (or val) are expected, with a folder for each class"
        )
    classes = _names(source / "train", folders=True)
    others = _names(source / test, folders=True)
    if not classes or classes != others:
        differ = ", ".join(sorted(set(classes) ^ set(others))[:5]) or "none is there"
        raise SuiteError(f"{source}: train and {test} must have the same classes ({differ})")
    if len(classes) > _MOST_CLASSES:
        raise SuiteError(f"{source}: {len(classes)} classes, but {_MOST_CLASSES} at most")
    splits: list[NDArray[np.uint8]] = []
    for split in ("train", test):
        images, labels = [], []
        for label, path in _in_turn(source / split, classes):
            images.append(_picture(path, side))
            labels.append(label)
            if images[-1].shape != images[0].shape:
                raise SuiteError(
                    f"{path} has {images[-1].shape[0]}×{images[-1].shape[1]} pixels, others "
                    f"{images[0].shape[0]}×{images[0].shape[1]}: --size N brings them to N×N"
                )
        splits += [np.stack(images), np.array(labels, np.uint8)]
    train, train_labels, tests, test_labels = splits
    if train.shape[1:] != tests.shape[1:]:
        raise SuiteError(f"{source}: train and {test} differ in size: --size N brings them to N×N")
    if all((part == part[..., :1]).all() for part in (train, tests)):
        train, tests = (np.ascontiguousarray(part[..., :1]) for part in (train, tests))
    return Arrays(train, train_labels, tests, test_labels)


def _in_turn(folder: Path, classes: list[str]) -> Iterator[tuple[int, Path]]:
    """Class and file of each image; of every class in turn, so that any first part is balanced."""
    files = [[folder / name / file for file in _names(folder / name)] for name in classes]
    empty = [name for name, found in zip(classes, files, strict=True) if not found]
    if empty:
        raise SuiteError(f"{folder / empty[0]} holds no image ({', '.join(ENDINGS)})")
    for several in zip_longest(*files):
        for label, path in enumerate(several):
            if path is not None:
                yield label, path


def _names(folder: Path, folders: bool = False) -> list[str]:
    """What is in a folder, sorted: folders or images, without what is hidden."""
    try:
        return sorted(
            entry.name
            for entry in folder.iterdir()
            if not entry.name.startswith(".")
            and (entry.is_dir() if folders else entry.name.lower().endswith(ENDINGS))
        )
    except OSError as error:
        raise SuiteError(f"cannot read {folder} ({error.strerror})") from None


def _picture(path: Path, side: int | None) -> Bytes:
    """The pixels of a square image, (side, side, 3)."""
    from PIL import Image, ImageOps

    try:
        with pictures_checked(), Image.open(path, formats=FORMATS) as picture:
            rgb = picture.convert("RGB")
            if side is not None:
                rgb = ImageOps.fit(rgb, (side, side))
            if rgb.width != rgb.height:
                raise ValueError(f"{rgb.width}×{rgb.height}: no square; --size N makes it N×N")
            return np.asarray(rgb)
    except NoPictureError as error:
        raise SuiteError(f"{path} cannot be used ({error})") from None


def _from_npz(source: Path) -> Arrays:
    try:
        with np.load(source, allow_pickle=False) as content:
            names = next((names for names in _NAMES if set(names) <= set(content)), None)
            if names is None:
                wanted = " or ".join(", ".join(names) for names in _NAMES)
                raise SuiteError(f"{source} has {', '.join(content)[:200]}: expected are {wanted}")
            parts = [content[name] for name in names]
    except OSError as error:
        reason = error.strerror or "no archive of arrays"
        raise SuiteError(f"cannot read {source} ({reason})") from None
    except MemoryError:  # a header may say any shape
        raise SuiteError(
            f"{source} has arrays larger than this machine's memory: pack fewer or smaller images"
        ) from None
    except (*DAMAGE, AttributeError, TypeError, OverflowError, tokenize.TokenError):
        raise SuiteError(f"{source} is no .npz of arrays of numbers") from None
    train, train_labels, test, test_labels = parts
    images = [_images(train, f"{source}, {names[0]}"), _images(test, f"{source}, {names[2]}")]
    if images[0].shape[1:] != images[1].shape[1:]:
        raise SuiteError(f"{source}: images of {names[0]} and {names[2]} differ in shape")
    labels = [
        _labels(train_labels, len(images[0]), f"{source}, {names[1]}"),
        _labels(test_labels, len(images[1]), f"{source}, {names[3]}"),
    ]
    classes = set(range(int(labels[0].max()) + 1))
    if set(labels[0].tolist()) != classes or not set(labels[1].tolist()) <= classes:
        raise SuiteError(f"{source}: labels are 0, 1, …, each of them in {names[1]}")
    return Arrays(images[0], labels[0], images[1], labels[1])


def _images(part: NDArray[np.generic], where: str) -> Bytes:
    found = part[..., None] if part.ndim == 3 else part
    square = found.ndim == 4 and found.shape[1] == found.shape[2] and found.shape[3] in (1, 3)
    if found.dtype != np.uint8 or not square or not len(found):
        raise SuiteError(
            f"{where}: (N, side, side), (N, side, side, 1) or (N, side, side, 3) of uint8, 0 to "
            f"255, is expected, not {part.shape} of {part.dtype}"
        )
    return np.ascontiguousarray(found, np.uint8)


def _labels(part: NDArray[np.generic], count: int, where: str) -> Bytes:
    found = part[:, 0] if part.ndim == 2 and part.shape[1] == 1 else part
    whole = found.shape == (count,) and np.issubdtype(found.dtype, np.integer)
    if not whole or found.min() < 0 or found.max() >= _MOST_CLASSES:
        raise SuiteError(
            f"{where}: {count} whole numbers from 0 to {_MOST_CLASSES - 1} are expected, one an "
            f"image, not {part.shape} of {part.dtype}"
        )
    return np.ascontiguousarray(found, np.uint8)


def _entry(name: str, arrays: Arrays, content: bytes) -> str:
    """The catalogue's entry, to be pasted; mean and deviation are those of the training images."""
    pixels = arrays.train_images.reshape(-1, arrays.train_images.shape[-1])
    mean = tuple(round(float(value) / 255, 4) for value in pixels.mean(0))
    # An image of one colour has no spread to divide by.
    std = tuple(max(round(float(value) / 255, 4), 0.01) for value in pixels.std(0))
    return f"""\
        DataSet(
            name="{name}",
            title="{name}",
            format="npz",
            files=(
                RawFile(
                    "{name}.npz",
                    "{hashlib.sha256(content).hexdigest()}",
                    "sha256",
                    size={len(content)},
                ),
            ),
            mean={mean},
            std={std},
            classes={int(arrays.train_labels.max()) + 1},
            size={arrays.train_images.shape[1]},
            train={len(arrays.train_images)},
            test={len(arrays.test_images)},
        ),"""
