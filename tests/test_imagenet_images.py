"""Folders of images: checked, augmented by seed, epoch and image alone, shared out in shards."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
import torch

from zerosnet.data import catalogue
from zerosnet.errors import SuiteError
from zerosnet.imagenet.images import (
    EvaluationImages,
    TrainingImages,
    generated_folder,
    open_folders,
    shards_of,
)
from zerosnet.imagenet.recipe import load_imagenet_recipe
from zerosnet.paths import paper_folder


@pytest.fixture
def folders(checkout):
    return open_folders("digits-folder")


@pytest.fixture
def recipe(project):
    path = paper_folder(project) / "recipes.yaml"
    return load_imagenet_recipe(path, "as-paper", 18, side=32, epochs=2)


def test_the_generated_folder_is_what_the_catalogue_says(folders, checkout):
    wanted = catalogue.data_set("digits-folder")
    assert (len(folders.train), len(folders.test)) == (wanted.train, wanted.test)
    assert folders.train.classes == [str(i) for i in range(10)]
    assert open_folders("digits-folder").checksum == folders.checksum
    assert generated_folder(checkout / "elsewhere").name == "digits-folder"


def test_augmentation_depends_on_seed_epoch_and_image_alone(folders, recipe):
    def picture(seed, epoch, index):
        return TrainingImages(folders.train, recipe, seed, epoch)[index][0]

    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = picture(0, 0, 3)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(picture(0, 0, 3), first)
    assert first.shape == (3, 32, 32)
    assert first.dtype is torch.uint8
    assert not torch.equal(picture(0, 1, 3), first)
    assert not torch.equal(picture(1, 0, 3), first)


def test_test_images_are_the_centre(folders, recipe):
    image, label = EvaluationImages(folders.test, recipe)[7]
    assert image.shape == (3, 32, 32)
    assert label == folders.test.targets[7]


@pytest.mark.parametrize("processes", [1, 2, 4, 8])
def test_processes_share_out_the_same_shards(recipe, processes):
    """Together they see every image of the epoch once, in the same shards however many they are."""
    order = torch.randperm(2500, generator=torch.Generator().manual_seed(3)).tolist()
    whole = shards_of(order, recipe, range(8))
    parts = [shards_of(order, recipe, range(rank, 8, processes)) for rank in range(processes)]
    for number, step in enumerate(whole):
        together = [None] * 8
        for rank, part in enumerate(parts):
            together[rank::processes] = part[number]
        assert together == step
    assert sorted(i for step in whole for shard in step for i in shard) == list(range(2500))
    assert all(len(shard) <= recipe.batch for step in whole for shard in step)


def test_a_rest_that_no_shard_can_share_is_left_out(recipe):
    steps = shards_of(list(range(1024 + 5)), recipe, range(8))
    assert len(steps) == 1


def test_folders_that_are_not_there_say_how_to_get_them(checkout):
    with pytest.raises(SuiteError, match=r"imagenet is not at hand: unpack it so that FOLDER"):
        open_folders("imagenet")


def test_folders_with_other_classes_are_refused(checkout, monkeypatch):
    source = generated_folder(checkout / ".zerosnet" / "images")
    target = checkout / "data" / "imagenet"
    shutil.copytree(source, target)
    with pytest.raises(SuiteError, match=r"has 10 classes with 200 images, but imagenet has 1000"):
        open_folders("imagenet")
    small = replace(catalogue.data_set("imagenet"), classes=10, train=200, test=50)
    monkeypatch.setitem(catalogue.CATALOGUE, "imagenet", small)
    assert len(open_folders("imagenet").test) == 50
    shutil.rmtree(target / "val" / "3")
    with pytest.raises(SuiteError, match=r"val has 9 classes with 45 images"):
        open_folders("imagenet")


def test_something_else_in_the_folders_is_named(checkout, monkeypatch):
    for split in ("train", "val"):
        (checkout / "data" / "imagenet" / split).mkdir(parents=True)
    with pytest.raises(SuiteError, match=r"train is no folder of images by class"):
        open_folders("imagenet")
