"""JSON schemas of the files that people write, so that editors check them.

They follow from the types that the readers declare.  The readers themselves check without pydantic:
loading it and building its types takes 0.13 s of CPU, as long as a light command takes in all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerosnet.experiments.profiles import Profile
from zerosnet.paper.claims import AGAINST, DECIDING, FAMILIES, KINDS, PREDICTORS, VALUES, Claim
from zerosnet.paper.errata import PROFILES, Erratum
from zerosnet.paper.outcomes import FAILS

_TEXT = {"type": "string"}
#: What a file may hold where the program has a tuple of texts.
_TEXTS: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "number"]},
        {"type": "array", "items": {"type": ["string", "number"]}},
    ]
}


def schema_folder(root: Path) -> Path:
    """Where the schemas stand; the files that they are of name them in a comment for editors."""
    return root / "docs" / "schemas"


def schemas() -> dict[str, bytes]:
    """Every schema, by the name of its file.  Recipes have none: their file is pinned."""
    from pydantic import PositiveInt  # see the module's head

    found = {
        "claims.json": _list_of(
            Claim,
            kind=KINDS,
            value=VALUES,
            decided_from=DECIDING,
            family=FAMILIES,
            against=AGAINST,
            predictor=PREDICTORS,
            rival=PREDICTORS,
        ),
        "errata.json": _list_of(Erratum, outcome=sorted(FAILS), profile=PROFILES),
        "looks.json": _declared(dict[str, dict[str, PositiveInt]]),
        "params.json": _params(),
        "remarks.json": _declared(dict[str, str]),
    }
    return {
        name: (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()
        for name, schema in found.items()
    }


def _declared(kind: Any) -> dict[str, Any]:
    """The schema of a declared type, in which every unknown name is a slip."""
    from pydantic import TypeAdapter  # see the module's head

    schema: dict[str, Any] = TypeAdapter(kind).json_schema()
    for each in (schema, *schema.get("$defs", {}).values()):
        each.setdefault("additionalProperties", False)
        each.pop("description", None)  # a docstring, which is for Python
    return schema


def _list_of(declared: type, **choices: Sequence[str]) -> dict[str, Any]:
    schema = _declared(declared)
    for name, values in choices.items():
        schema["properties"][name] = {"enum": [*values]}
    return {"type": "array", "items": schema}


def _params() -> dict[str, Any]:
    profile = _declared(Profile)
    del profile["properties"]["name"]  # it is the key that the entry stands under
    profile["required"].remove("name")
    # The protocol's epochs, where it is left out.
    profile["required"].remove("epochs")
    profile["properties"]["epochs"] = {"type": "integer", "minimum": 1}
    profile["properties"]["optional"] = _TEXTS
    definitions = profile.pop("$defs")
    definitions["TableChoice"]["properties"]["only"] = {
        "type": "object",
        "additionalProperties": _TEXTS,
    }
    return {
        "$defs": definitions,
        "type": "object",
        "properties": {
            "profile": _TEXT,
            "profiles": {"type": "object", "additionalProperties": profile, "minProperties": 1},
        },
        "required": ["profile", "profiles"],
    }
