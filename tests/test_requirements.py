"""The pinned packages: what is installed together agrees."""

from __future__ import annotations

import re
import tomllib


def pins(path):
    """Name → versions; a package may have one for each kind of machine."""
    found = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9_.-]+)==([^ ;]+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def test_the_cluster_needs_no_other_versions_than_the_rest(project):
    cluster, rest = (
        pins(project / name) for name in ("requirements-cluster.lock", "requirements.lock")
    )
    shared = cluster.keys() & rest.keys()
    assert {"filelock", "packaging"} <= shared
    assert {name: cluster[name] for name in shared} == {name: rest[name] for name in shared}


def test_the_cluster_has_what_the_extra_asks_for(project):
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extra = {re.split(r"[><=]", text)[0] for text in declared["optional-dependencies"]["cluster"]}
    assert extra == {"ray", "submitit"}
    assert extra <= pins(project / "requirements-cluster.lock").keys()
    assert not extra & pins(project / "requirements.lock").keys()
