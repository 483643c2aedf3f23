"""How often the runs of a stage were judged as seeds were added: ``claims/paper/looks.yaml``."""

from __future__ import annotations

from pathlib import Path

from zerosnet.files.errors import SuiteError
from zerosnet.files.paths import paper_folder
from zerosnet.files.yaml_files import read_yaml

#: Looks at data that grow → two-sided level of each look, for 5 % over all (Pocock 1977, table 1).
_POCOCK = {1: 0.05, 2: 0.0294, 3: 0.0221, 4: 0.0182, 5: 0.0158}


def looks_at(stage: str, profile: str, root: Path) -> int:
    """1 where all seeds were there when the runs were judged first.

    Raises:
        SuiteError: the file is damaged.
    """
    path = paper_folder(root) / "looks.yaml"
    content = read_yaml(path) or {}
    if not isinstance(content, dict) or not all(
        isinstance(stages, dict) and all(type(n) is int and n > 0 for n in stages.values())
        for stages in content.values()
    ):
        raise SuiteError(f"{path.name}: profile → stage → a number of looks is expected")
    return int(content.get(profile, {}).get(stage, 1))


def level_at(level: float, looks: int) -> float:
    """The level of a verdict whose runs were looked at so many times as seeds were added.

    Pocock's constants are for 5 %; any other level is shared out (Bonferroni).
    """
    return _POCOCK[looks] if level == _POCOCK[1] and looks in _POCOCK else level / looks
