"""Arrays: shape and kind are known beforehand, and nothing else is taken for one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from archives import idx

from zerosnet.data.archives import read_gzip
from zerosnet.data.arrays import idx_array, npy_array, npz_arrays
from zerosnet.files.errors import SuiteError

PIXELS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_arrays_come_back(tmp_path):
    assert np.array_equal(npy_array(npy(PIXELS), (2, 3, 4), "a file"), PIXELS)
    np.savez_compressed(tmp_path / "a.npz", one=PIXELS, two=PIXELS[0], three=np.zeros(3))
    found = npz_arrays(tmp_path / "a.npz", {"one": (2, 3, 4), "two": (3, 4)})
    assert np.array_equal(found["one"], PIXELS)
    assert np.array_equal(found["two"], PIXELS[0])
    (tmp_path / "a.gz").write_bytes(idx(PIXELS))
    plain = read_gzip(tmp_path / "a.gz", 100)
    assert np.array_equal(idx_array(plain, 3, "a file"), PIXELS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing of the kind",
        npy(PIXELS)[:-1],
        npy(PIXELS) + b"\0",
        npy(PIXELS)[:40],
        npy(PIXELS.astype(np.int8)),  # the same bytes, other numbers
        npy(PIXELS.reshape(3, 2, 4)),
        npy(np.asfortranarray(PIXELS)),
        npy(PIXELS).replace(b"(2, 3, 4)", b"(2**9, 4)"),
        npy(PIXELS).replace(b"'fortran_order'", b"'fortran_odd'  "),
        npy(PIXELS).replace(b"|u1", b"|O1"),
        npy(PIXELS).replace(b"(2, 3, 4)", b"(2 3, 4) "),
        npy(PIXELS).replace(b"(2, 3, 4)", b"(, , ,)  "),
        npy(PIXELS).replace(b"\x01\x00", b"\x02\x00", 1),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(SuiteError, match="a file is no array of shape") as caught:
        npy_array(content, (2, 3, 4), "a file")
    assert "\n" not in str(caught.value)


def test_archives_without_the_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", one=PIXELS)
    with pytest.raises(SuiteError, match=r"a\.npz is not what was expected .*two"):
        npz_arrays(tmp_path / "a.npz", {"one": (2, 3, 4), "two": (3,)})
    with pytest.raises(SuiteError, match=r"one is no array of shape \(2, 3\) of uint8"):
        npz_arrays(tmp_path / "a.npz", {"one": (2, 3)})
    (tmp_path / "b.npz").write_bytes(npy(PIXELS))
    with pytest.raises(SuiteError, match=r"b\.npz is no whole archive"):
        npz_arrays(tmp_path / "b.npz", {"one": (2, 3, 4)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes([0, 0, 8, 1, 0, 0]),
        bytes([0, 0, 8, 1, 0, 0, 0, 2, 5]),
        bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6, 7]),
        bytes([0, 0, 9, 1, 0, 0, 0, 2, 5, 6]),
        bytes([0, 0, 8, 3, 0, 0, 0, 2, 5, 6]),
        bytes([0, 0, 8, 3, *[255] * 12]),
    ],
)
def test_files_that_are_not_mnists_are_refused(content):
    with pytest.raises(SuiteError, match="a file is no file of MNIST with 1 dimensions"):
        idx_array(content, 1, "a file")
