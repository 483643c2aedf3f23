"""A claim of every kind and every field, as they stand in ``claims.yaml``."""

from __future__ import annotations

import yaml
from conftest import PROJECT

from zerosnet.files.paths import paper_folder
from zerosnet.paper.claims import KINDS

#: A claim of every kind and every field: the whole file takes a second to read.
_ENTRIES = yaml.safe_load((paper_folder(PROJECT) / "claims.yaml").read_text())
_KINDS = [kind for kind in KINDS if any(e["kind"] == kind for e in _ENTRIES)]
CLAIMS = [next(e for e in _ENTRIES if e["kind"] == kind) for kind in _KINDS]
CLAIMS += [next(e for e in _ENTRIES if name in e) for name in ("region", "rows", "against")]
CLAIMS = list({entry["id"]: entry for entry in CLAIMS}.values())
