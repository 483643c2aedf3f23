"""``passes.c``, compiled for this processor when it is first asked for.

Compiling takes half a second, so nothing is kept: no cache can be stale or made for another
machine's processor.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from ctypes import POINTER, c_double, c_float, c_int, c_long, c_void_p
from functools import cache
from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.progress import say
from zerosnet.files.temporary import temporary_folder

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
    """The compiled passes; ``None`` where they are switched off, or cannot be had, which is said:
    the arithmetic is another then.
    """
    if os.environ.get(FUSED_VARIABLE) == "0":
        return None
    try:
        return compiled(_compiler())
    except SuiteError as error:
        say(
            f"bfloat16 is left to PyTorch's own operations, whose rounding is another: {error}; "
            f"{FUSED_VARIABLE}=0 wants it so and says nothing"
        )
        return None


def _compiler() -> list[str]:
    """The command that ``CC`` names, with its arguments, as make and configure read it."""
    named = os.environ.get("CC") or "cc"
    try:
        command = shlex.split(named)
    except ValueError as error:
        raise SuiteError(f"CC is {named!r}, which is no command ({error})") from None
    if not command or shutil.which(command[0]) is None:
        raise SuiteError(f"there is no C compiler {named!r} (CC names another)")
    return command


def compiled(compiler: Sequence[str]) -> ctypes.CDLL:
    """What a compiler makes of the passes.

    The library is loaded before its file is removed with its folder.

    Args:
        compiler: the command and its arguments.

    Raises:
        SuiteError: it fails, its result does not load, or there is no temporary folder for it.
    """
    with temporary_folder() as folder:
        made = folder / "passes.so"
        command = [*compiler, *_FLAGS, str(SOURCE), "-o", str(made), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60, text=True)
            # PyTorch's OpenMP runtime is loaded already and serves these passes, too.
            loaded = ctypes.CDLL(str(made))
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip().partition("\n")[0] or f"exit status {error.returncode}"
            raise SuiteError(f"{compiler[0]} does not compile {SOURCE.name} ({reason})") from None
        except (OSError, subprocess.SubprocessError) as error:
            # A folder that nothing may be run from, as some systems mount their /tmp.
            raise SuiteError(
                f"what {compiler[0]} makes of {SOURCE.name} does not load ({error}); TMPDIR=FOLDER "
                "names another folder for it"
            ) from None
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
