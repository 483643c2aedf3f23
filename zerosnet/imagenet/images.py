"""A folder of images, ``train/<class>/…`` and ``val/<class>/…``, read as it is needed.

The augmentation of an image depends on the seed, the epoch and the image alone, so neither the
number of processes nor that of workers changes it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from zerosnet.data.catalogue import data_set
from zerosnet.data.images import load
from zerosnet.data.rawfiles import folder_of
from zerosnet.errors import SuiteError
from zerosnet.imagenet.recipe import ImageNetRecipe
from zerosnet.paths import data_folders, scratch_folder
from zerosnet.seeds import seed_for
from zerosnet.storage import write_atomically

#: Images of each class in the generated folder, for training and for testing.
_GENERATED = {"train": 20, "val": 5}


@dataclass(frozen=True)
class ImageFolders:
    """Both splits of a data set in folders.

    Attributes:
        train, test: (PIL image, class) by index.
        checksum: SHA-256 over the sorted lines "path size" of all images: not their content, which
            would take an hour to read.
    """

    train: ImageFolder
    test: ImageFolder
    checksum: str


def open_folders(name: str) -> ImageFolders:
    """The images of a data set of the catalogue that lies in folders.

    Raises:
        SuiteError: the folders are missing or have other classes than they should.
    """
    wanted = data_set(name)
    root = generated_folder(scratch_folder() / "images") if name == "digits-folder" else None
    root = root or folder_of(wanted, data_folders())
    if root is None:
        raise SuiteError(f"data set {name} is not at hand: {wanted.obtain}")
    splits = {}
    for split, count in (("train", wanted.train), ("val", wanted.test)):
        try:
            splits[split] = ImageFolder(str(root / split))
        except FileNotFoundError as error:
            raise SuiteError(f"{root / split} is no folder of images by class: {error}") from None
        found = len(splits[split].classes), len(splits[split])
        if found != (wanted.classes, count):
            raise SuiteError(
                f"{root / split} has {found[0]} classes with {found[1]:,} images, but {name} has "
                f"{wanted.classes} with {count:,}: unpack it again"
            )
    return ImageFolders(splits["train"], splits["val"], _checksum(root))


def generated_folder(parent: Path) -> Path:
    """A small folder of images, drawn from scikit-learn's digits; written once.

    Returns:
        the folder that holds ``train`` and ``val``.
    """
    folder = parent / "digits-folder"
    if (folder / "whole").exists():
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


def _checksum(root: Path) -> str:
    lines = sorted(
        f"{path.relative_to(root).as_posix()} {path.stat().st_size}"
        for split in ("train", "val")
        for path in (root / split).rglob("*")
        if path.is_file()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class TrainingImages(Dataset[tuple[Tensor, int]]):
    """Training images of one epoch: a random crop of a random size, flipped at random.

    Args:
        images: by index.
        recipe: size of the crop.
        seed, epoch: of the run; with the index they fix the augmentation.
    """

    def __init__(self, images: ImageFolder, recipe: ImageNetRecipe, seed: int, epoch: int) -> None:
        self.images, self.seed, self.epoch = images, seed, epoch
        self.transform = v2.Compose(
            [
                v2.PILToTensor(),
                v2.RandomResizedCrop(recipe.crop, antialias=True),
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
