"""Results that no longer are what they could be; removed, so that the pipeline makes them anew."""

from __future__ import annotations

from pathlib import Path

from zerosnet.data.catalogue import data_set
from zerosnet.data.rawfiles import is_at_hand
from zerosnet.experiments.manifests import manifest_path, remove_stale_manifests
from zerosnet.experiments.profiles import Profile
from zerosnet.experiments.records import TRAINING, record_path
from zerosnet.experiments.rows import EXPERIMENTS, distinct_runs, plan_stage
from zerosnet.files.paths import data_folders
from zerosnet.files.progress import say
from zerosnet.judging.stages import result_path


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
        if not manifest_path(results, profile.name, "train", stage).exists():
            stale.add(stage)
        elif names := _trainable(stage, profile, root):
            say(f"{', '.join(names)}: here now, and {stage} lacks runs")
            stale.add(stage)
    for stage in stale:
        result_path(results, stage, profile.name).unlink(missing_ok=True)
    return sorted(stale)


def _trainable(stage: str, profile: Profile, root: Path) -> list[str]:
    """The data sets that are here of runs that are not on record."""
    missing = {
        run.data.name
        for run in distinct_runs(plan_stage(stage, profile, root))
        if not record_path(root / "results", profile.name, run.key, TRAINING).exists()
    }
    return sorted(name for name in missing if is_at_hand(data_set(name), data_folders()))
