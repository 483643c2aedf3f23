"""Augmentation: every image once, crops and flips only, from the generator alone."""

from __future__ import annotations

import pytest
import torch

from zerosnet.data.augmentation import Augmentation, epoch_batches, pad, pixels
from zerosnet.data.seeds import generator_for

COUNT, SIDE = 37, 6
# Every pixel of every image has a value of its own (in two channels), never zero.
IMAGES = torch.arange(1, COUNT * SIDE * SIDE + 1).reshape(COUNT, SIDE, SIDE)
IMAGES = torch.stack([IMAGES % 251 + 1, IMAGES // 251 + 1], dim=-1).to(torch.uint8)
LABELS = torch.arange(COUNT)


def epoch(augmentation, *purpose, batch=8):
    batches = list(
        epoch_batches(
            pad(IMAGES, augmentation.padding), LABELS, batch, augmentation, generator_for(*purpose)
        )
    )
    return torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches]), batches


def test_without_augmentation_images_come_unchanged_in_another_order():
    images, labels, batches = epoch(Augmentation(0, False), "order", 0)
    assert sorted(labels.tolist()) == list(range(COUNT))
    assert labels.tolist() != list(range(COUNT))
    assert torch.equal(images, pixels(IMAGES[labels]))
    assert [len(y) for _, y in batches] == [8, 8, 8, 8, 5]


@pytest.mark.parametrize("flip", [False, True])
def test_every_image_is_one_of_its_crops(flip):
    augmentation = Augmentation(2, flip)
    padded = pad(IMAGES, 2)
    images, labels, _ = epoch(augmentation, "order", 1)
    seen = set()
    for image, label in zip(images, labels, strict=True):
        crops = {
            (top, left, mirrored): pixels(crop.flip(1)[None] if mirrored else crop[None])[0]
            for top in range(5)
            for left in range(5)
            for mirrored in (False, True)
            for crop in [padded[label, top : top + SIDE, left : left + SIDE]]
        }
        found = [place for place, crop in crops.items() if torch.equal(crop, image)]
        assert len(found) == 1
        seen.add(found[0])
    assert {mirrored for *_, mirrored in seen} == ({False, True} if flip else {False})
    assert len({place[:2] for place in seen}) > 10


def test_crops_and_flips_are_uniform():
    count = 20000
    images = torch.zeros(count, 3, 3, 1, dtype=torch.uint8)
    images[:, 1, 0] = 255
    ((batch, _),) = epoch_batches(
        pad(images, 1), torch.zeros(count), count, Augmentation(1, True), generator_for("uniform")
    )
    # The mark at (row 1, column 0) comes to row 0, 1 or 2 alike; to column 1, 0 or out of sight
    # alike; and where it is in column 0, a flip takes it to column 2 in half of the cases.
    share = batch.mean(dim=(0, 1))
    assert share.sum(dim=1).tolist() == pytest.approx([2 / 9] * 3, abs=0.01)
    assert share[1].tolist() == pytest.approx([1 / 18, 1 / 9, 1 / 18], abs=0.01)


def test_the_generator_alone_decides():
    first, labels, _ = epoch(Augmentation(2, True), "order", 7)
    torch.manual_seed(99)
    again, _, _ = epoch(Augmentation(2, True), "order", 7)
    assert torch.equal(first, again)
    _other, other_labels, _ = epoch(Augmentation(2, True), "order", 8)
    assert not torch.equal(labels, other_labels)
    # The size of a batch does not change which crop an image gets.
    larger, _, _ = epoch(Augmentation(2, True), "order", 7, batch=16)
    assert torch.equal(first, larger)


def test_pixels_lie_channels_last_between_0_and_1():
    batch = pixels(IMAGES)
    assert batch.shape == (COUNT, 2, SIDE, SIDE)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert batch.max() <= 1
    assert torch.equal((batch * 255).round().to(torch.uint8).permute(0, 2, 3, 1), IMAGES)


def test_padding_is_zero_and_outside():
    padded = pad(IMAGES, 4)
    assert padded.shape == (COUNT, SIDE + 8, SIDE + 8, 2)
    assert torch.equal(padded[:, 4:-4, 4:-4], IMAGES)
    assert padded.sum() == IMAGES.sum()
