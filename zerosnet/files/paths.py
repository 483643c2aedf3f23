"""Where things lie: the checkout, the scratch folder, the folders that hold raw images."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from zerosnet.files.errors import SuiteError

#: A folder with raw images, beside the checkout's own ``data/``.
DATA_VARIABLE = "ZEROSNET_DATA"
#: Another place for checkpoints, weights and decoded images than ``.zerosnet/``.
SCRATCH_VARIABLE = "ZEROSNET_SCRATCH"


def project_root() -> Path:
    """The checkout around the current folder.

    Raises:
        SuiteError: the current folder is in no checkout of this project, or has been removed.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise SuiteError(
            "the current folder has been removed: change to the folder you cloned"
        ) from None
    for folder in (here, *here.parents):
        if (folder / "params.yaml").is_file() and paper_folder(folder).is_dir():
            return folder
    raise SuiteError(f"{here} is in no checkout of this project: change to the folder you cloned")


def is_there(asked: Callable[[], bool]) -> bool:
    """Ask ``Path.is_file`` or the like; no where it cannot look: a name is too long for the file
    system, or a folder is closed to the user.

    >>> is_there(Path("x" * 1000).exists)
    False
    """
    try:
        return asked()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether there is such a file or folder.

    Raises:
        SuiteError: nobody knows, as a folder on the way is closed to the user.  What is there must
            not be made a second time.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise SuiteError(
            f"cannot look for {path} ({error.strerror}): make its folder readable"
        ) from None
    return True


def paper_folder(root: Path) -> Path:
    """Where the paper's tables, recipes and claims stand as data."""
    return root / "claims" / "paper"


def comparisons_folder(root: Path) -> Path:
    """Where the suite's own comparisons stand as data: neighbouring systems, questions beyond."""
    return root / "claims" / "comparisons"


def report_folder(root: Path, profile: str) -> Path:
    """Where the pages of a profile are."""
    return root / "reports" / profile


def scratch_folder() -> Path:
    """Where checkpoints, weights and decoded images lie; never in git."""
    return named_folder(SCRATCH_VARIABLE) or project_root() / ".zerosnet"


def download_folder() -> Path:
    """Where ``data fetch`` puts raw images."""
    return project_root() / "data"


def data_folders() -> tuple[Path, ...]:
    """Where raw images are looked for: the folder that ``ZEROSNET_DATA`` names, then ``data/``."""
    named = named_folder(DATA_VARIABLE)
    return (*((named,) if named else ()), download_folder())


def named_folder(variable: str) -> Path | None:
    """The folder that a variable of the environment names, if it does; it need not exist.

    Raises:
        SuiteError: it begins with ``~`` and a user whom this machine does not know.
    """
    named = os.environ.get(variable)
    if not named:
        return None
    try:
        return Path(named).expanduser()
    except RuntimeError:
        raise SuiteError(
            f"{variable} is {named!r}: this machine knows no home folder for it; name the folder "
            "by its whole path"
        ) from None
