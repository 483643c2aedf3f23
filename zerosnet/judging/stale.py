"""Results that no longer are what they could be; removed, so that the pipeline makes them anew."""

from __future__ import annotations

from pathlib import Path

from zerosnet.experiments.manifests import remove_stale_manifests
from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.paths import exists
from zerosnet.files.progress import say
from zerosnet.files.storage import remove
from zerosnet.judging.stages import result_path
from zerosnet.sweeps.missing import trainable_data


def remove_stale_results(root: Path, profile: Profile) -> list[str]:
    """Remove the results of stages whose records are no longer what they were, or that lack runs
    although their images are here; returns which.

    Raises:
        SuiteError: a manifest is of another version; or a manifest or result cannot be removed, or
            not be looked for.
    """
    results = root / "results"
    stale = {path.stem for path in remove_stale_manifests(results, profile.name)}
    for stage in EXPERIMENTS:
        if stage not in profile.tables or not exists(result_path(results, stage, profile.name)):
            continue
        runs = distinct_runs(plan_stage(stage, profile, root))
        if names := trainable_data(runs, results, profile.name):
            say(f"{', '.join(names)}: here now, and {stage} lacks runs")
            stale.add(stage)
    for stage in stale:
        remove(result_path(results, stage, profile.name))
    return sorted(stale)
