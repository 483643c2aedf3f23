"""Arrays of bytes from files: shape and kind are known before a byte is taken for a pixel."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zerosnet.data.archives import DAMAGE
from zerosnet.errors import SuiteError

Bytes = NDArray[np.uint8]
#: Of the header that numpy writes before an array's bytes.
_MOST_HEADER = 1 << 16


def npy_array(content: bytes, shape: tuple[int, ...], where: str) -> Bytes:
    """The array that a ``.npy`` file holds: uint8, of this shape, in C order; no pickle is read.

    Raises:
        SuiteError: it holds something else, or is damaged.
    """
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"version {version} of the format")
        found = np.lib.format.read_array_header_1_0(file)
    # numpy evaluates the header as a literal, and passes on what that may raise.
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, KeyError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise SuiteError(f"{where} is no whole array ({reason})") from None
    pixels = np.frombuffer(content, np.uint8, offset=file.tell())
    if found != (shape, False, np.dtype(np.uint8)) or pixels.size != int(np.prod(shape)):
        raise SuiteError(
            f"{where} has shape {str(found[0])[:80]} of kind {str(found[2])[:20]}, "
            f"but {shape} of uint8 was expected"
        )
    return pixels.reshape(shape)


def npz_arrays(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, Bytes]:
    """The arrays of an ``.npz`` file, by name.

    Raises:
        SuiteError: one is missing or of another shape, or the file is damaged.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, shape in shapes.items():
                most = int(np.prod(shape)) + _MOST_HEADER
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
    if not right or len(content) - head != _product(shape):
        raise SuiteError(f"{where} is no file of MNIST with {dimensions} dimensions")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def _product(shape: tuple[int, ...]) -> int:
    """Exactly: numpy's own wraps around."""
    total = 1
    for side in shape:
        total *= side
    return total
