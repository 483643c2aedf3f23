"""Results that no longer are what they could be; removed, so that the pipeline makes them anew."""

from __future__ import annotations

from pathlib import Path

from zerosnet.experiments.manifests import remove_stale_manifests
from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.progress import say
from zerosnet.judging.stages import result_path
from zerosnet.sweeps.missing import trainable_data


def remove_stale_results(root: Path, profile: Profile) -> list[str]:
    """Remove the results of stages whose records are no longer what they were, or that lack runs
    although their images are here; returns which.

    Raises:
        SuiteError: a manifest is of another version.
    """
    results = root / "results"
    stale = {path.stem for path in remove_stale_manifests(results, profile.name)}
    for stage in EXPERIMENTS:
        if stage not in profile.tables or not result_path(results, stage, profile.name).exists():
            continue
        runs = distinct_runs(plan_stage(stage, profile, root))
        if names := trainable_data(runs, results, profile.name):
            say(f"{', '.join(names)}: here now, and {stage} lacks runs")
            stale.add(stage)
    for stage in stale:
        result_path(results, stage, profile.name).unlink(missing_ok=True)
    return sorted(stale)
