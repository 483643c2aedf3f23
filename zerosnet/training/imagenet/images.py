"""A folder of images, ``train/<class>/…`` and ``val/<class>/…``, read as it is needed.

The augmentation of an image depends on the seed, the epoch and the image alone, so neither the
number of processes nor that of workers changes it.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import v2

from zerosnet.data.catalogue import data_set
from zerosnet.data.images import load
from zerosnet.data.pictures import ENDINGS, FORMATS, NoPictureError, pictures_checked
from zerosnet.data.rawfiles import folder_of
from zerosnet.data.seeds import seed_for
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import data_folders, is_there, scratch_folder
from zerosnet.files.storage import write_atomically
from zerosnet.training.imagenet.recipe import ImageNetRecipe

#: Images of each class in the generated folder, for training and for testing.
_GENERATED = {"train": 20, "val": 5}


class ImageFolder(Sequence[tuple[Image.Image, int]]):
    """(RGB image, class) by index, from a folder for each class; subfolders are not looked into,
    and what is hidden (``.ipynb_checkpoints``, ``._0001.JPEG``) is none of it.

    Args:
        root: holds a folder for each class; links to folders are followed, once.

    Attributes:
        classes: their names, sorted.
        files, targets: path and class of each image, class by class, sorted by name.

    Raises:
        SuiteError: there is no class, or a folder cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.classes = sorted(entry.name for entry in _entries(root) if is_there(entry.is_dir))
        if not self.classes:
            raise SuiteError(f"{root} is no folder of images by class: it holds no folders")
        self.files: list[str] = []
        self.targets: list[int] = []
        for number, name in enumerate(self.classes):
            found = sorted(
                entry.path
                for entry in _entries(root / name)
                if entry.name.lower().endswith(ENDINGS) and is_there(entry.is_file)
            )
            self.files += found
            self.targets += [number] * len(found)

    @property
    def empty_classes(self) -> list[str]:
        """Folders without a single image."""
        filled = set(self.targets)
        return [name for number, name in enumerate(self.classes) if number not in filled]

    def sizes(self) -> list[str]:
        """A line "split/class/name size" for each of the files.

        Raises:
            SuiteError: a file has gone, or may not be looked at.
        """
        lines = []
        for path in self.files:
            try:
                size = os.stat(path).st_size  # noqa: PTH116 (a million of them)
            except OSError as error:
                raise SuiteError(
                    f"cannot read {path} ({error.strerror}): unpack it again"
                ) from None
            lines.append(f"{Path(path).relative_to(self.root.parent).as_posix()} {size}")
        return lines

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:  # type: ignore[override]
        """The image, decoded, and its class.

        Raises:
            SuiteError: the file cannot be read or is no whole image.
        """
        return _picture(self.files[index]), self.targets[index]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden."""
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not entry.name.startswith(".")]
    except OSError as error:
        raise SuiteError(
            f"{folder} is no folder of images by class: {error.strerror}; unpack it again"
        ) from None


def _picture(path: str) -> Image.Image:
    try:
        with pictures_checked(), Image.open(path, formats=FORMATS) as picture:
            return picture.convert("RGB")
    except NoPictureError as error:
        raise SuiteError(f"{path} is no whole image ({error}): unpack it again") from None


@dataclass(frozen=True)
class ImageFolders:
    """Both splits of a data set in folders.

    Attributes:
        train, test: (PIL image, class) by index.
    """

    train: ImageFolder
    test: ImageFolder

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over the sorted lines "path size" of the very images that are read: not their
        content, which would take an hour to read.

        Only who writes the record asks for it: the processes that train need not look at a million
        files each.

        Raises:
            SuiteError: a file has gone, or may not be looked at.
        """
        lines = sorted([*self.train.sizes(), *self.test.sizes()])
        # A file's name need not be UTF-8.
        return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()


def open_folders(name: str) -> ImageFolders:
    """The images of a data set of the catalogue that lies in folders.

    Raises:
        SuiteError: the data set is none in folders, or the folders are missing or have other
            classes or numbers of images than they should.
    """
    wanted = data_set(name)
    if wanted.format != "folder":
        raise SuiteError(
            f"data set {name} is none of folders of images, which ImageNet's training reads: "
            "choose another in params.yaml"
        )
    if name == "digits-folder":
        root: Path | None = generated_folder(scratch_folder() / "images")
    else:
        root = folder_of(wanted, data_folders())
    if root is None:
        raise SuiteError(f"data set {name} is not at hand: {wanted.obtain}")
    splits = {}
    for split, count in (("train", wanted.train), ("val", wanted.test)):
        splits[split] = ImageFolder(root / split)
        found = len(splits[split].classes), len(splits[split])
        if found != (wanted.classes, count):
            empty = splits[split].empty_classes
            odd = f" ({_some(empty)} without an image)" if empty else ""
            raise SuiteError(
                f"{root / split} has {found[0]} classes{odd} with {found[1]:,} images, but {name} "
                f"has {wanted.classes} with {count:,}: remove what is odd, or unpack it again"
            )
    # A class is a number by its place in the list: with other lists, labels mean other things.
    only = sorted(set(splits["train"].classes) ^ set(splits["val"].classes))
    if only:
        raise SuiteError(
            f"{root}: train and val have different classes, {_some(only)} are in one of them only: "
            "unpack it again"
        )
    return ImageFolders(splits["train"], splits["val"])


def _some(names: Sequence[str]) -> str:
    """A few of the names, for a message."""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def generated_folder(parent: Path) -> Path:
    """A small folder of images, drawn from scikit-learn's digits; written once.

    Returns:
        the folder that holds ``train`` and ``val``.
    """
    folder = parent / "digits-folder"
    if is_there((folder / "whole").exists):
        return folder
    digits = load("digits")
    for split, images, labels in (
        ("train", digits.train_images, digits.train_labels),
        ("val", digits.test_images, digits.test_labels),
    ):
        for label in range(10):
            chosen = images[labels == label][: _GENERATED[split]].squeeze(-1).numpy()
            for number, pixels in enumerate(chosen):
                picture = Image.fromarray(np.asarray(pixels)).resize((40, 40)).convert("RGB")
                content = io.BytesIO()
                picture.save(content, "PNG")
                path = folder / split / str(label) / f"{number:03d}.png"
                write_atomically(path, content.getvalue())
    write_atomically(folder / "whole", b"")
    return folder


class TrainingImages(Dataset[tuple[Tensor, int]]):
    """Training images of one epoch: a random crop of a random size, flipped at random.

    Args:
        images: by index.
        recipe: size, area and aspect of the crop.
        seed, epoch: of the run; with the index they fix the augmentation.
    """

    def __init__(self, images: ImageFolder, recipe: ImageNetRecipe, seed: int, epoch: int) -> None:
        self.images, self.seed, self.epoch = images, seed, epoch
        self.transform = v2.Compose(
            [
                v2.PILToTensor(),
                v2.RandomResizedCrop(
                    recipe.crop, recipe.crop_area, recipe.crop_aspect, antialias=True
                ),
                v2.RandomHorizontalFlip(),
            ]
        )

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Uint8 (3, crop, crop) and the class."""
        picture, label = self.images[index]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_for("augmentation", self.seed, self.epoch, index))
            return self.transform(picture), label


class EvaluationImages(Dataset[tuple[Tensor, int]]):
    """Test images: the shorter side resized, the centre cropped ("single-crop", table 5)."""

    def __init__(self, images: ImageFolder, recipe: ImageNetRecipe) -> None:
        self.images = images
        self.transform = v2.Compose(
            [
                v2.PILToTensor(),
                v2.Resize(recipe.resize, antialias=True),
                v2.CenterCrop(recipe.crop),
            ]
        )

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Uint8 (3, crop, crop) and the class."""
        picture, label = self.images[index]
        return self.transform(picture), label


def shards_of(
    order: Sequence[int], recipe: ImageNetRecipe, mine: Sequence[int]
) -> list[list[list[int]]]:
    """What some of the shards see in one epoch: step → shard → indices of images.

    The last step may have fewer images; every shard has at least one in every step.

    Args:
        order: of the training images in this epoch, the same in every process.
        recipe: batch and number of shards.
        mine: numbers of the shards.
    """
    whole = recipe.batch * recipe.shards
    steps = [order[start : start + whole] for start in range(0, len(order), whole)]
    if len(steps[-1]) < recipe.shards:
        steps.pop()  # too few for one image a shard
    parts = [[list(part) for part in np.array_split(np.asarray(s), recipe.shards)] for s in steps]
    return [[[int(i) for i in step[shard]] for shard in mine] for step in parts]
