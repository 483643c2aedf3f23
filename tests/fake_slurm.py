# ruff: noqa: T201 - commands print
"""SLURM's commands on one machine, for tests: sbatch, srun, sacct and scancel, by their names.

Jobs are processes; what is known of them stands in the folder that FAKE_SLURM names.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from processes import is_alive


def sbatch(script, folder):
    if (folder / "refuse").exists():
        sys.exit("sbatch: error: invalid partition specified: nowhere")
    text = Path(script).read_text()
    number = 100 + len(list(folder.glob("script-*")))
    (folder / f"script-{number}").write_text(text)
    array = re.search(r"--array=0-(\d+)%", text)
    for index in range(int(array[1]) + 1) if array else [None]:
        name = str(number) if index is None else f"{number}_{index}"
        variables = {"SLURM_JOB_ID": name.replace("_", "0"), "SLURM_PROCID": "0"}
        if index is not None:
            variables |= {"SLURM_ARRAY_JOB_ID": str(number), "SLURM_ARRAY_TASK_ID": str(index)}
        process = subprocess.Popen(
            ["bash", script],
            env={**os.environ, **variables},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        (folder / f"job-{name}").write_text(str(process.pid))
    print(f"Submitted batch job {number}")


def srun(arguments):
    while arguments[0].startswith("--"):
        arguments = arguments[2 if arguments[0] in ("--output", "--error") else 1 :]
    os.execvp(arguments[0], arguments)


def sacct(folder):
    print("JobID|State|NodeList")
    for job in folder.glob("job-*"):
        state = "RUNNING" if is_alive(job.read_text()) else "NODE_FAIL"
        print(f"{job.name[4:]}|{state}|here")


def scancel(name, folder):
    for job in folder.glob(f"job-{name}"):
        if is_alive(job.read_text()):
            os.killpg(int(job.read_text()), signal.SIGKILL)


def main(name, *arguments):
    folder = Path(os.environ["FAKE_SLURM"])
    if name == "sbatch":
        sbatch(arguments[0], folder)
    elif name == "srun":
        srun(list(arguments))
    elif name == "sacct":
        sacct(folder)
    else:
        scancel(arguments[0], folder)


def install(folder):
    """Put the commands into a folder, for a PATH."""
    folder.mkdir()
    for name in ("sbatch", "srun", "sacct", "scancel"):
        command = folder / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "$@"\n')
        command.chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
