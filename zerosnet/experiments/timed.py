"""The stage that times two networks and trains none: table 9."""

from __future__ import annotations

from pathlib import Path

from zerosnet.paper.tables import TABLE_9

RUNTIME_STAGE = "table9_runtime"
RUNTIME_TABLE = TABLE_9
RUNTIME_TITLE = "Table 9: runtime of ZeroSNet-20 against PreResNet-20"


def runtime_folder(results: Path, profile: str) -> Path:
    """Where a profile's times are on record, one file a kind of device."""
    return results / profile / "runtime"
