"""Folders of images: checked, augmented by seed, epoch and image alone, shared out in shards."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from io import BytesIO

import pytest
import torch
import torchvision
from archives import bomb
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from zerosnet.__main__ import main
from zerosnet.data import catalogue
from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.storage import write_atomically
from zerosnet.training.imagenet.images import (
    EvaluationImages,
    ImageFolder,
    TrainingImages,
    generated_folder,
    open_folders,
    shards_of,
)
from zerosnet.training.imagenet.recipe import load_imagenet_recipe
from zerosnet.training.imagenet.training import _moved


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
    twice = TrainingImages([folders.train[3]] * 2, recipe, 0, 0)
    assert not torch.equal(twice[0][0], twice[1][0])


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
    assert len(shards_of(list(range(1024 + 8)), recipe, range(8))) == 2


def test_folders_that_are_not_there_say_how_to_get_them(checkout):
    with pytest.raises(SuiteError, match=r"imagenet is not at hand: unpack it so that FOLDER"):
        open_folders("imagenet")


def test_data_sets_that_are_none_of_folders_are_refused(checkout):
    with pytest.raises(SuiteError, match=r"data set digits is none of folders .* params\.yaml"):
        open_folders("digits")


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


@pytest.fixture
def imagenet(checkout, monkeypatch):
    """A folder as people have it, of ten classes; where it lies."""
    target = checkout / "data" / "imagenet"
    shutil.copytree(generated_folder(checkout / ".zerosnet" / "images"), target)
    small = replace(catalogue.data_set("imagenet"), classes=10, train=200, test=50)
    monkeypatch.setitem(catalogue.CATALOGUE, "imagenet", small)
    return target


def test_what_a_system_leaves_among_the_images_changes_nothing(imagenet):
    before = open_folders("imagenet")
    for name in (".DS_Store", "3/.DS_Store", "3/Thumbs.db", "3/._000.png", ".cache/000.png"):
        write_atomically(imagenet / "train" / name, b"rubbish")
    write_atomically(imagenet / "train" / "3" / "more" / "000.png", b"not looked into")
    write_atomically(imagenet / "val" / ".ipynb_checkpoints" / "000-checkpoint.png", b"rubbish")
    after = open_folders("imagenet")
    assert after.checksum == before.checksum
    assert after.train.files == before.train.files


def test_the_checksum_is_of_the_images_also_through_links(imagenet):
    """Whose disk is full has the classes elsewhere, and links to them."""
    before = open_folders("imagenet").checksum
    elsewhere = imagenet.parent / "elsewhere"
    shutil.move(imagenet / "train" / "3", elsewhere)
    (imagenet / "train" / "3").symlink_to(elsewhere, target_is_directory=True)
    assert open_folders("imagenet").checksum == before
    with (elsewhere / "000.png").open("ab") as file:
        file.write(b"one more byte")
    assert open_folders("imagenet").checksum != before


def test_who_only_trains_looks_at_no_file(imagenet, monkeypatch, capsys):
    """On ImageNet they are more than a million; only who writes the record asks, once."""
    asked = open_folders("imagenet")
    checksum = asked.checksum

    def sizes(folder):
        raise SuiteError(f"{folder.root} was looked at")

    monkeypatch.setattr(ImageFolder, "sizes", sizes)
    assert asked.checksum == checksum
    trained = open_folders("imagenet")
    with pytest.raises(SuiteError, match="train was looked at"):
        _ = trained.checksum
    assert main(["data", "verify", "imagenet"]) == 1
    assert "train was looked at" in capsys.readouterr().err


def test_a_file_name_in_another_encoding_is_an_image_like_any(imagenet):
    before = open_folders("imagenet").checksum
    folder = os.fsencode(imagenet / "train" / "3")
    try:
        os.rename(folder + b"/000.png", folder + b"/\xe9t\xe9.png")  # noqa: PTH104
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    found = open_folders("imagenet")
    assert found.checksum != before
    picture, label = found.train[found.train.targets.index(4) - 1]
    assert (picture.size, label) == ((40, 40), 3)


def test_data_verify_looks_at_folders_too(imagenet, capsys):
    assert main(["data", "verify", "imagenet"]) == 0
    assert "imagenet: all classes and images are there" in capsys.readouterr().out
    (imagenet / "val" / "3" / "000.png").unlink()
    assert main(["data", "verify", "imagenet"]) == 1
    assert "val has 10 classes with 49 images, but imagenet has" in capsys.readouterr().err
    # Without a name, too: it is here, though not whole.
    assert main(["data", "verify"]) == 1
    assert "val has 10 classes with 49 images" in capsys.readouterr().err


def test_a_folder_that_is_no_class_is_named(imagenet):
    (imagenet / "val" / "lost+found").mkdir()
    with pytest.raises(SuiteError, match=r"val has 11 classes \(lost\+found without an image\)"):
        open_folders("imagenet")


def test_splits_of_other_classes_are_refused(imagenet):
    """As many, but the labels of all behind the first that differs would mean other things."""
    (imagenet / "val" / "3").rename(imagenet / "val" / "x")
    with pytest.raises(SuiteError, match=r"different classes, 3, x are in one of them only"):
        open_folders("imagenet")


def a_folder(root, **files):
    """Two classes of two images each, and what else is given: path below → bytes."""
    content = BytesIO()
    Image.new("RGB", (40, 40), (200, 100, 50)).save(content, "JPEG")
    for name in ("a/0.jpg", "a/1.jpg", "b/0.JPEG", "b/1.png"):
        write_atomically(root / name, content.getvalue())
    for name, other in files.items():
        write_atomically(root / name, other)
    return root


def test_images_come_by_class_and_name(tmp_path):
    folder = ImageFolder(a_folder(tmp_path, **{"a/notes.txt": b"", "a/.hidden": b""}))
    assert folder.classes == ["a", "b"]
    assert [path.removeprefix(f"{tmp_path}/") for path in folder.files] == [
        "a/0.jpg", "a/1.jpg", "b/0.JPEG", "b/1.png",
    ]  # fmt: skip
    assert folder.targets == [0, 0, 1, 1]
    picture, label = folder[3]  # a JPEG by the name of a PNG
    assert (picture.size, picture.mode, label) == ((40, 40), "RGB", 1)


def test_they_come_as_torchvision_gives_them(folders, checkout):
    published = torchvision.datasets.ImageFolder(
        str(checkout / ".zerosnet" / "images" / "digits-folder" / "train")
    )
    assert published.classes == folders.train.classes
    assert [path for path, _ in published.samples] == folders.train.files
    assert published.targets == folders.train.targets
    assert published[17][0].tobytes() == folders.train[17][0].tobytes()


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", b"\xff\xd8\xff\xe0 a JPEG?", bomb(40_000), b"GIF89a\x01\x00\x01\x00\x00"],
)
def test_images_that_are_none_are_named(tmp_path, content):
    folder = ImageFolder(a_folder(tmp_path, **{"a/0.jpg": content}))
    with pytest.raises(SuiteError, match=r"a/0\.jpg is no whole image") as caught:
        folder[0]
    assert "\n" not in str(caught.value)


def test_a_truncated_image_is_named_in_a_worker_too(tmp_path, recipe):
    whole = a_folder(tmp_path) / "a" / "0.jpg"
    whole.write_bytes(whole.read_bytes()[:400])
    images = EvaluationImages(ImageFolder(tmp_path), recipe)
    for workers in (0, 1):
        loader = DataLoader(images, batch_sampler=[[1, 0]], num_workers=workers)
        with pytest.raises(SuiteError, match=r"^\S*a/0\.jpg is no whole image \(Truncated"):
            list(_moved(loader, torch.device("cpu")))


def test_loops_of_links_are_not_followed(tmp_path):
    """Two links up make a tree of 2⁴⁰ folders for whoever follows them."""
    root = a_folder(tmp_path)
    for name in ("left", "right"):
        (root / "a" / name).symlink_to(root, target_is_directory=True)
        (root / "a" / f"{name}.jpg").symlink_to(f"{name}.jpg")
    assert len(ImageFolder(root)) == 4
    (root / "self").symlink_to("self")
    (root / "up").symlink_to(root, target_is_directory=True)
    assert ImageFolder(root).classes == ["a", "b", "up"]  # and so it is refused by its classes


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folders_that_are_closed_are_named(tmp_path):
    a_folder(tmp_path)
    (tmp_path / "a").chmod(0)
    with pytest.raises(SuiteError, match="a is no folder of images by class: Permission denied"):
        ImageFolder(tmp_path)


def test_a_folder_without_classes_is_named(tmp_path):
    with pytest.raises(SuiteError, match="it holds no folders"):
        ImageFolder(tmp_path)
    with pytest.raises(SuiteError, match="No such file or directory"):
        ImageFolder(tmp_path / "absent")


def test_crops_keep_to_the_recipes_area_and_aspect(folders, recipe):
    """As drawn for an image of 200×100: shares of its area, width by height."""
    recipe = replace(recipe, crop_area=(0.25, 0.5), crop_aspect=(0.9, 1.1))
    transform = TrainingImages(folders.train, recipe, 0, 0).transform
    (crop,) = [step for step in transform.transforms if isinstance(step, v2.RandomResizedCrop)]
    torch.manual_seed(0)
    for _ in range(200):
        found = crop.make_params([torch.zeros(3, 100, 200)])
        assert 0.24 <= found["height"] * found["width"] / 20_000 <= 0.51
        assert 0.88 <= found["width"] / found["height"] <= 1.12
