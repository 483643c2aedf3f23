"""``python -m zerosnet data list|fetch|pack|verify|at-hand``."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerosnet.commands.shared import in_json, json_argument, profile_argument, profile_of
from zerosnet.data.catalogue import CATALOGUE, DataSet
from zerosnet.files.errors import SuiteError
from zerosnet.files.names import known_name
from zerosnet.files.paths import data_folders, download_folder, is_there, project_root
from zerosnet.files.progress import say


def add_parser(commands: Any) -> None:
    """Add the command ``data`` to the command line."""
    parser = commands.add_parser("data", help="list, fetch, pack or verify the images")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="the data sets, and which of them are here")
    json_argument(listing)
    listing.set_defaults(func=_list)

    fetching = actions.add_parser("fetch", help="download data sets into data/; resumes")
    fetching.add_argument("names", nargs="+", metavar="NAME", help="as `data list` shows them")
    instead = fetching.add_mutually_exclusive_group()
    instead.add_argument("--mirror", metavar="URL", help="take the files from here instead")
    instead.add_argument(
        "--from",
        dest="source",
        metavar="FOLDER",
        type=Path,
        help="copy the files from a local folder instead",
    )
    fetching.set_defaults(func=_fetch)

    packing = actions.add_parser(
        "pack",
        help="pack images of your own, and print the entry that the catalogue needs",
        description="SOURCE is a folder with train/<class>/… and test/<class>/… (or val), or an "
        ".npz with train_images, train_labels, test_images and test_labels (or x_train, y_train, "
        "x_test, y_test): uint8, N × side × side × channels.",
    )
    packing.add_argument("source", metavar="SOURCE", type=Path)
    packing.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    packing.add_argument("--size", metavar="N", help="cut and scale images of a folder to N×N")
    packing.set_defaults(func=_pack)

    at_hand = actions.add_parser(
        "at-hand",
        help="let the pipeline do anew what lost records, or lacks runs whose images are here",
    )
    profile_argument(at_hand)
    at_hand.set_defaults(func=_at_hand)

    verifying = actions.add_parser("verify", help="check the files that are here")
    verifying.add_argument("names", nargs="*", metavar="NAME", help="all that are here, if none")
    verifying.set_defaults(func=_verify)


def _list(arguments: argparse.Namespace) -> int:
    from zerosnet.data.rawfiles import is_at_hand

    folders = data_folders()
    found: list[dict[str, Any]] = [
        {
            "name": wanted.name,
            "title": wanted.title,
            "here": is_at_hand(wanted, folders),
            "bytes": sum(raw.size for raw in wanted.files),
            "train": wanted.train,
            "test": wanted.test,
            "size": wanted.size,
        }
        for wanted in CATALOGUE.values()
    ]
    if arguments.json:
        print(in_json({"data_sets": found, "folders": [str(folder) for folder in folders]}))
        return 0
    for each in found:
        megabytes = each["bytes"] / 1e6
        print(
            f"{each['name']:14} {'here' if each['here'] else '–':5} "
            f"{f'{megabytes:.0f} MB' if megabytes else '':>7}  "
            f"{each['train']:,} + {each['test']:,} images, {each['size']}×{each['size']}; "
            f"{each['title']}"
        )
    print(f"\nLooked in {', '.join(map(_seen, folders))} (ZEROSNET_DATA names another folder).")
    return 0


def _seen(folder: Path) -> str:
    """A folder that was looked in, and what is the matter with it, if anything."""
    if is_there(folder.is_dir):
        return str(folder)
    return f"{folder} ({'no folder' if is_there(folder.exists) else 'not there'})"


def _at_hand(arguments: argparse.Namespace) -> int:
    from zerosnet.judging.stale import remove_stale_results

    profile, root = profile_of(arguments), project_root()
    remove_stale_results(root, profile)
    note_settings(root, profile.name)
    return 0


def note_settings(root: Path, profile: str) -> None:
    """Write what the stages that train depend on besides their files."""
    from zerosnet.files.storage import write_json
    from zerosnet.files.yaml_files import read_yaml

    # The same on every machine: it lets DVC do this before the stages that train, and tells them
    # of changed settings by a line in dvc.lock instead of a hundred each.
    settings = read_yaml(root / "params.yaml")["profiles"][profile]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    content = {"schema": 2, "settings": digest}
    write_json(root / "results" / profile / "data_at_hand.json", content)


def _fetch(arguments: argparse.Namespace) -> int:
    from zerosnet.data.fetch import fetch

    wanted = [_named(name) for name in arguments.names]
    if arguments.source is not None and not is_there(arguments.source.is_dir):
        raise SuiteError(f"{arguments.source} is no folder: name one that holds the files")
    missing = []
    for each in wanted:
        try:
            for path in fetch(
                each, download_folder(), mirror=arguments.mirror, source=arguments.source
            ):
                print(path)
        except SuiteError as error:
            if len(wanted) == 1:
                raise
            say(str(error))
            missing.append(each.name)
    if missing:
        raise SuiteError(f"not fetched: {', '.join(missing)}, for the reasons above")
    return 0


def _pack(arguments: argparse.Namespace) -> int:
    from zerosnet.data.packing import pack
    from zerosnet.files.finite import whole_number

    side = None if arguments.size is None else whole_number(arguments.size, "--size", "pixels")
    path, entry = pack(arguments.source, arguments.name, download_folder(), side)
    print(entry)
    say(
        f"{path} is written. Add the entry above to CATALOGUE in zerosnet/data/catalogue.py; a "
        f"profile of params.yaml then takes it, as in `CIFAR-10: {{name: {arguments.name}}}`"
    )
    return 0


def _named(name: str) -> DataSet:
    """The data set that a person means, in any case."""
    return CATALOGUE[known_name(name, CATALOGUE, f"data set {name!r} is unknown")]


def _verify(arguments: argparse.Namespace) -> int:
    folders = data_folders()
    named: list[DataSet] = [_named(name) for name in arguments.names]
    wanted = named or [each for each in CATALOGUE.values() if _has_any_of(each, folders)]
    bad = 0
    for each in wanted:
        try:
            print(f"{each.name}: {_checked(each)}")
        except SuiteError as error:
            bad += 1
            say(f"zerosnet: {error}")
    if not wanted:
        print(f"no raw files in {', '.join(map(str, folders))}")
    return 1 if bad else 0


def _has_any_of(wanted: DataSet, folders: Sequence[Path]) -> bool:
    """Whether a file of a data set is here, or its folder, whole or not."""
    from zerosnet.data.rawfiles import find, folder_of

    if wanted.format == "folder":
        return bool(wanted.of) and folder_of(wanted, folders) is not None
    return any(find(raw, folders) for raw in wanted.files)


def _checked(wanted: DataSet) -> str:
    """What holds of a data set that is here, for people.

    Raises:
        SuiteError: it is not here, or damaged.
    """
    if wanted.format == "folder":
        from zerosnet.training.imagenet.images import open_folders

        folders = open_folders(wanted.name)
        for split in (folders.train, folders.test):
            split.sizes()  # looks at every file
        return "all classes and images are there (their content has no checksum)"
    from zerosnet.data.rawfiles import verified_files

    verified_files(wanted, data_folders())
    return "whole"
