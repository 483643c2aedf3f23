"""Measure the runs that are trained and not measured yet."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from filelock import Timeout

from zerosnet.experiments.planned import PlannedRow, distinct_runs
from zerosnet.experiments.precisions import in_float32
from zerosnet.files.errors import SuiteError
from zerosnet.files.progress import Progress, say
from zerosnet.measuring.measurements import Measurement
from zerosnet.sweeps.arithmetic import check_all, checked
from zerosnet.sweeps.gpu_memory import GPUMemoryError, within_gpu_memory
from zerosnet.sweeps.locks import Waiting
from zerosnet.sweeps.missing import is_to_measure, runs_to_measure
from zerosnet.sweeps.side_by_side import processes_beside
from zerosnet.sweeps.workplace import Workplace, lock_of
from zerosnet.training.arithmetic.check import WrongArithmeticError
from zerosnet.training.loop import trained_network
from zerosnet.training.runs import Run
from zerosnet.training.selection import SELECTIONS
from zerosnet.training.steps import set_exact_float32
from zerosnet.training.work import is_small, use_threads, work_of

#: Seconds between looks at runs that other processes measure.
_WAIT = 1.0


def measure_missing(rows: Sequence[PlannedRow], measurement: Measurement, place: Workplace) -> int:
    """Measure every completed run that has not been; returns how many were measured here.

    Raises:
        SuiteError: a run is on record but its weights are not on this machine; or runs would be
            computed wrong here or need more GPU memory than there is, and all others are measured.
    """
    runs = distinct_runs(rows)
    todo = runs_to_measure(rows, measurement, place.results, place.profile)
    say(f"{len(runs)} runs, {len(todo)} to measure: {', '.join(measurement.columns)}")
    if place.device.type == "cpu":
        check_all([in_float32(run) for run, _ in todo.values()])
    work = sum(work_of(run) for run, _ in todo.values())
    progress = Progress(work, processes=processes_beside())
    needed, measured, failed = len(todo), 0, 0
    waiting = Waiting()
    while todo:
        before = len(todo)
        for key, (run, record) in list(todo.items()):
            # As in training: each process takes the next run that no other has.
            with ExitStack() as stack:
                try:
                    stack.enter_context(lock_of(run, place).held())
                except Timeout:
                    continue
                del todo[key]
                use_threads(is_small(run))
                try:
                    here = _measured_here(run, record, measurement, place)
                except (GPUMemoryError, WrongArithmeticError) as error:
                    say(str(error))
                    failed += 1
                    continue
            measured += here
            said = f"measured {run.label}"
            if not here:
                said = f"{run.label} was measured by another process"
            progress.advance(work_of(run), said, own=here)
        if len(todo) < before:
            waiting.went_on()
        else:
            waiting.for_these([lock_of(run, place) for run, _ in todo.values()])
            time.sleep(_WAIT)  # others measure all that is left
    if failed:
        raise SuiteError(f"{failed} of {needed} runs are not measured, as said above")
    return measured


def _measured_here(
    run: Run, record: dict[str, Any], measurement: Measurement, place: Workplace
) -> bool:
    """Measure a run, unless another process has done so meanwhile; whether it was measured here.

    Raises:
        GPUMemoryError, WrongArithmeticError: it cannot be measured.
    """
    if not is_to_measure(run, record, measurement, place.results, place.profile):
        return False
    problem = (
        f"{run.label} is not measured: out of GPU memory; start fewer side by side (--jobs), or "
        "end what else uses it"
    )
    with within_gpu_memory(problem):
        _measure_one(run, record, measurement, place)
    return True


def _measure_one(
    run: Run, record: dict[str, Any], measurement: Measurement, place: Workplace
) -> None:
    # Whatever it was trained in, it is measured in float32.
    found = checked(in_float32(run), place.device, "measured")
    set_exact_float32()  # whatever was trained in this process before
    start = time.monotonic()
    images = place.images(run.data)
    values: dict[str, Any] = {}
    for selection in SELECTIONS:
        # The best epoch is often the last one: then nothing new would be measured.
        same = [s for s in values if record["weights"][s] == record["weights"][selection]]
        if same:
            values[selection] = values[same[0]]
            continue
        folder = place.folder(run)
        network = trained_network(run, record, selection, folder, place.device, found.layout)
        values[selection] = measurement.measure(network, images, place.device)
    content = {
        "key": run.key,
        "label": run.label,
        "weights": record["weights"],
        "data_checksum": images.checksum,
        "images": measurement.images,
        "values": values,
        "wall_seconds": round(time.monotonic() - start, 1),
        **place.provenance(found),
    }
    place.put_on_record(measurement.name, content)
