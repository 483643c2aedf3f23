"""``passes.c``, compiled for this processor when it is first asked for.

Compiling takes half a second, so nothing is kept: no cache can be stale or made for another
machine's processor.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from ctypes import POINTER, c_double, c_float, c_int, c_long, c_void_p
from functools import cache
from pathlib import Path

#: ``0`` leaves everything to the framework.
FUSED_VARIABLE = "ZEROSNET_FUSED"
SOURCE = Path(__file__).with_name("passes.c")
_FLAGS = (
    *("-O3", "-march=native", "-fno-trapping-math", "-fno-math-errno"),
    *("-fopenmp", "-shared", "-fPIC"),
)
_TENSOR, _LONG, _PARTS, _COUNT = c_void_p, c_long, c_int, c_int
_TENSORS, _FLOATS = POINTER(c_void_p), POINTER(c_float)
_SIGNATURES = {
    "norm_relu_forward": (
        *(_TENSOR, _LONG, _LONG, _LONG, _PARTS, c_void_p, c_void_p, c_void_p, c_void_p),
        *(c_double, c_double, _TENSOR, c_void_p),
    ),
    "norm_relu_backward": (
        *(_TENSOR, _TENSOR, _TENSOR, _LONG, _LONG, _LONG, _PARTS, c_void_p),
        *(_TENSOR, c_void_p, c_void_p),
    ),
    "norm_relu_evaluate": (
        *(_TENSOR, _LONG, _LONG, _LONG, _PARTS, c_void_p, c_void_p, c_void_p, c_void_p),
        *(c_double, _TENSOR),
    ),
    "combine": (_TENSOR, _COUNT, _TENSORS, _FLOATS, _LONG, _PARTS),
    "distribute": (_TENSOR, _COUNT, _FLOATS, _TENSORS, _TENSORS, _LONG, _PARTS),
}


@cache
def library() -> ctypes.CDLL | None:
    """The compiled passes; ``None`` where they are switched off or cannot be had."""
    if os.environ.get(FUSED_VARIABLE) == "0":
        return None
    compiler = shutil.which(os.environ.get("CC", "cc"))
    return None if compiler is None else compiled(compiler)


def compiled(compiler: str) -> ctypes.CDLL | None:
    """What a compiler makes of the passes; ``None`` where it fails or the result does not load.

    The library is loaded before its file is removed with its folder.
    """
    with tempfile.TemporaryDirectory(prefix="zerosnet-") as folder:
        made = Path(folder) / "passes.so"
        command = [compiler, *_FLAGS, str(SOURCE), "-o", str(made), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            # PyTorch's OpenMP runtime is loaded already and serves these passes, too.
            loaded = ctypes.CDLL(str(made))
        except (OSError, subprocess.SubprocessError):
            return None
    for name, arguments in _SIGNATURES.items():
        function = getattr(loaded, name)
        function.argtypes = arguments
        function.restype = c_int
    return loaded


def call(name: str, *arguments: object) -> None:
    """Do one of the passes.

    Raises:
        MemoryError: there is none for the sums.
    """
    found = library()
    assert found is not None  # noqa: S101 - who calls has asked for the library
    if getattr(found, name)(*arguments):
        raise MemoryError(f"{name}: no memory for its sums")
