"""How often the runs of a stage were judged as seeds were added: data, in ``claims/looks.yaml``."""

from __future__ import annotations

from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.yaml_files import read_yaml


def looks_at(stage: str, profile: str, root: Path) -> int:
    """1 where all seeds were there when the runs were judged first.

    Raises:
        SuiteError: the file is damaged.
    """
    path = root / "claims" / "looks.yaml"
    content = read_yaml(path) or {}
    if not isinstance(content, dict) or not all(
        isinstance(stages, dict) and all(type(n) is int and n > 0 for n in stages.values())
        for stages in content.values()
    ):
        raise SuiteError(f"{path.name}: profile → stage → a number of looks is expected")
    return int(content.get(profile, {}).get(stage, 1))
