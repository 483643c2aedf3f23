"""Where a sweep works: which images it reads."""

from __future__ import annotations

from small import small_place

from zerosnet.data.choice import DataChoice


def test_images_are_those_that_are_chosen_and_read_once(checkout):
    place = small_place(checkout)
    choice = DataChoice("digits", train=50, test=20, held_out=30)
    images = place.images(choice)
    counts = [
        len(labels) for labels in (images.train_labels, images.test_labels, images.held_out_labels)
    ]
    assert counts == [50, 20, 30]
    assert place.images(choice) is images
    assert place.images(DataChoice("digits", train=50, test=20)).held_out_labels is None
