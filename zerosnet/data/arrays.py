"""Arrays of bytes from files: shape and kind are known before a byte is taken for a pixel."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zerosnet.data.archives import DAMAGE
from zerosnet.files.errors import SuiteError

Bytes = NDArray[np.uint8]
#: What numpy writes before the bytes of an array of uint8.  Its own reader evaluates the header,
#: and what that may raise has no end.
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '\|u1', 'fortran_order': False, 'shape': \(([0-9, ]{0,80})\), \} *\n"
)
#: Room for it.
_MOST_HEADER = 1 << 16


def npy_array(content: bytes, shape: tuple[int, ...], where: str) -> Bytes:
    """The array that a ``.npy`` file holds: uint8, of this shape, in C order; no pickle is read.

    Raises:
        SuiteError: it holds something else, or is damaged.
    """
    size = int.from_bytes(content[8:10], "little")
    found = _HEADER.fullmatch(content[10 : 10 + size]) if content[:8] == _MAGIC else None
    # Of whole numbers of Python, whose product is exact: numpy's wraps around.
    sides = tuple(int(side) for side in found[1].split(b",") if side.strip()) if found else ()
    if found is None or sides != shape or len(content) - 10 - size != math.prod(shape):
        raise SuiteError(f"{where} is no array of shape {shape} of uint8")
    return np.frombuffer(content, np.uint8, offset=10 + size).reshape(shape)


def npz_arrays(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, Bytes]:
    """The arrays of an ``.npz`` file, by name.

    Raises:
        SuiteError: one is missing or of another shape, or the file is damaged.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, shape in shapes.items():
                most = math.prod(shape) + _MOST_HEADER
                # Never more than can be right, whatever the archive says of its size.
                with archive.open(f"{name}.npy") as stream:
                    content = stream.read(most)
                arrays[name] = npy_array(content, shape, f"{path}, {name}")
    except KeyError as error:
        raise SuiteError(f"{path} is not what was expected ({error.args[0]})") from None
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise SuiteError(f"{path} is no whole archive ({reason})") from None
    return arrays


def idx_array(content: bytes, dimensions: int, where: str) -> Bytes:
    """The array of an MNIST file: 0, 0, 8 (bytes), the number of dimensions, each as four bytes
    (the highest first), then the bytes.

    Raises:
        SuiteError: it holds something else, or more or fewer bytes than it says.
    """
    head = 4 + 4 * dimensions
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, head, 4))
    right = content[:4] == bytes([0, 0, 8, dimensions]) and len(content) >= head
    if not right or len(content) - head != math.prod(shape):
        raise SuiteError(f"{where} is no file of MNIST with {dimensions} dimensions")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)
