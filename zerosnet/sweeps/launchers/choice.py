"""Which launcher, and what each run gets: from options and environment variables.

They stand in no parameter and no command of the pipeline: where something was trained does not
make it another result.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from zerosnet.files.errors import SuiteError
from zerosnet.files.finite import whole_number
from zerosnet.files.names import known_name

#: Where runs are trained, if the command does not say: one of :data:`LAUNCHERS`.
LAUNCHER_VARIABLE = "ZEROSNET_LAUNCHER"
#: What each run gets from Ray or SLURM.
CPUS_VARIABLE = "ZEROSNET_CPUS_PER_RUN"
GPUS_VARIABLE = "ZEROSNET_GPUS_PER_RUN"
#: The cluster that Ray trains on; its own name for it.
_RAY_VARIABLE = "RAY_ADDRESS"
#: What SLURM is told besides: ``partition=gpu,time=240``.
SLURM_VARIABLE = "ZEROSNET_SLURM"

LAUNCHERS = ("local", "ray", "slurm")

#: Said by other variables, or by the launcher itself.
_NOT_FOR_SLURM = {
    "cpus_per_task": CPUS_VARIABLE,
    "gpus_per_node": GPUS_VARIABLE,
    "array_parallelism": "--jobs",
}


@dataclass(frozen=True)
class Share:
    """What one run gets.

    Args:
        cores: of a CPU, 1 or more.
        gpus: a part of one, or a whole number of them; 0 trains on the CPU.
    """

    cores: int
    gpus: float

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        if not self.gpus:
            return cores
        return f"{cores} and {self.gpus:g} GPU{'s' if self.gpus > 1 else ''}"


def launcher_from(option: str | None) -> str:
    """The launcher asked for: by the option, by ``ZEROSNET_LAUNCHER``, else ``local``.

    Raises:
        SuiteError: there is none of that name.
    """
    name = option or os.environ.get(LAUNCHER_VARIABLE) or "local"
    said = "--launcher" if option else LAUNCHER_VARIABLE
    return known_name(name, LAUNCHERS, f"{said} is {name!r}, which is no launcher")


def cores_from_environment() -> int:
    """Cores a run, 1 if nothing is said.

    Raises:
        SuiteError: not a positive whole number.
    """
    return whole_number(os.environ.get(CPUS_VARIABLE) or "1", CPUS_VARIABLE, "cores")


def gpus_from_environment() -> float | None:
    """GPUs a run; ``None`` if nothing is said.

    Raises:
        SuiteError: neither a part of one GPU nor a whole number of them.
    """
    text = os.environ.get(GPUS_VARIABLE)
    if not text:
        return None
    number = float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) else None
    if number is None or (number > 1 and number != int(number)):
        raise SuiteError(
            f"{GPUS_VARIABLE} is {text!r}: give a part of a GPU (0.25), a whole number, or 0"
        )
    return number


def ray_address() -> str:
    """Where Ray's cluster is; ``local`` for one of this machine alone."""
    return os.environ.get(_RAY_VARIABLE) or "local"


def may_get_gpus(launcher: str) -> bool:
    """Whether a launcher may give runs a GPU of another machine; no cluster is asked.

    Raises:
        SuiteError: see :func:`gpus_from_environment`.
    """
    gpus = gpus_from_environment()
    if launcher == "ray" and ray_address() == "local":
        return False
    if launcher == "ray" and gpus is None:  # then a run gets one, if there are any
        return True
    return launcher != "local" and bool(gpus)


def slurm_parameters() -> dict[str, str | int]:
    """What ``ZEROSNET_SLURM`` says, by SLURM's names with underscores; numbers as numbers.

    Raises:
        SuiteError: not ``name=value,name=value``, a name twice, or one that is said elsewhere.
    """
    found: dict[str, str | int] = {}
    for part in filter(None, os.environ.get(SLURM_VARIABLE, "").split(",")):
        match = re.fullmatch(r"\s*([a-z_]+)=(\S+)\s*", part)
        if match is None:
            raise SuiteError(f"{SLURM_VARIABLE}: {part!r} is not name=value, as in partition=gpu")
        name, value = match.groups()
        if name in found:
            raise SuiteError(f"{SLURM_VARIABLE} says {name} twice")
        if name in _NOT_FOR_SLURM:
            raise SuiteError(f"{SLURM_VARIABLE}: say {name} by {_NOT_FOR_SLURM[name]}")
        found[name] = int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else value
    return found
