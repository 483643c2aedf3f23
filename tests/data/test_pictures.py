"""Pictures: decoded where they are whole, one error where they are not."""

from __future__ import annotations

import io

import pytest
from archives import bomb, jpeg
from PIL import Image

from zerosnet.data.pictures import ENDINGS, FORMATS, NoPictureError, pictures_checked


def decode(content):
    with pictures_checked(), Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        return picture.convert("RGB").size


def test_a_whole_picture_is_decoded():
    assert decode(jpeg(9, side=12)) == (12, 12)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        jpeg(9)[:300],
        jpeg(9)[:-200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n",
        bomb(40_000),
    ],
)
def test_what_is_none_is_one_error_in_a_line(content):
    with pytest.raises(NoPictureError) as caught:
        decode(content)
    said = str(caught.value)
    assert 0 < len(said) <= 200
    assert "\n" not in said
    assert "0x" not in said  # PIL's address of what lies in memory differs from run to run


@pytest.mark.filterwarnings("ignore")  # PIL only warns of the smaller one
@pytest.mark.parametrize("side", [10_000, 40_000])
def test_far_too_many_pixels_are_an_error_before_any_is_decoded(side):
    with pytest.raises(NoPictureError, match="could be decompression bomb"):
        decode(bomb(side))


def test_what_is_wrong_with_a_picture_otherwise_is_the_same_error():
    with pytest.raises(NoPictureError, match="9×8: no square"), pictures_checked():
        raise ValueError("9×8: no square")


def test_a_slip_in_the_code_is_none():
    with pytest.raises(KeyError), pictures_checked():
        raise KeyError("a name")


def test_every_ending_is_of_a_format():
    known = Image.registered_extensions()
    assert {known[ending] for ending in ENDINGS} == set(FORMATS)
