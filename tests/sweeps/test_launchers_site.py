"""Workers on other machines: what they check, and what they leave."""

from __future__ import annotations

import os
import pickle
import shutil
from dataclasses import replace

import pytest
import torch
from launched import longer_runs
from small import small_place

from zerosnet.experiments.records import training_record
from zerosnet.files.errors import SuiteError
from zerosnet.sweeps import train
from zerosnet.sweeps.launchers.choice import Share
from zerosnet.sweeps.launchers.site import LOG, code_digest, site_of, train_at
from zerosnet.sweeps.train import Done
from zerosnet.sweeps.workplace import lock_of


@pytest.fixture
def place(checkout):
    return small_place(checkout, scratch="scratch")


@pytest.fixture
def runs(checkout):
    return longer_runs(checkout, seeds=2, epochs=2)


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_worker_works_in_the_same_place(place, threads, monkeypatch, tmp_path):
    monkeypatch.setenv("ZEROSNET_DATA", "images")
    with site_of(place, Share(1, 0)) as site:
        monkeypatch.delenv("ZEROSNET_DATA")
        monkeypatch.chdir(tmp_path)
        there = pickle.loads(pickle.dumps(site)).enter()
        assert (there.root, there.results, there.scratch) == (
            place.root,
            place.results,
            place.scratch,
        )
        assert there.device == torch.device("cpu")
        assert torch.get_num_threads() == 1
        assert os.environ["ZEROSNET_DATA"] == str(place.root / "images")
        assert site.mark.exists()
    assert not site.mark.exists()


def test_a_scratch_folder_that_cannot_be_written_is_named(place):
    place.scratch.write_text("in the way")
    with pytest.raises(SuiteError, match="cannot write"), site_of(place, Share(1, 0)):
        pass


def test_a_machine_without_the_folder_is_named(place):
    with site_of(place, Share(1, 0)) as site, pytest.raises(SuiteError, match="does not see"):
        replace(site, mark=place.root / "elsewhere" / "mark").enter()


def test_a_machine_with_other_code_is_named(place):
    with site_of(place, Share(1, 0)) as site, pytest.raises(SuiteError, match="runs other code"):
        replace(site, code="another").enter()


def test_the_code_is_known_by_its_content(project, monkeypatch, tmp_path):
    import zerosnet

    here, package = code_digest(), tmp_path / "zerosnet"
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project / "zerosnet", package, ignore=without_caches)
    monkeypatch.setattr(zerosnet, "__file__", str(package / "__init__.py"))
    assert code_digest() == here
    source = package / "training/steps.py"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert code_digest() == here  # on a node with the line ends of another system
    with source.open("a") as file:
        file.write("\n")
    assert code_digest() != here


def test_a_machine_without_a_gpu_is_named(place, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with (
        site_of(place, Share(1, 0.5)) as site,
        pytest.raises(SuiteError, match="gave a run no GPU"),
    ):
        site.enter()


def test_a_share_of_a_gpu_is_a_share_of_its_memory(place, monkeypatch, threads):
    given = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", given.append)
    for gpus in (0.25, 1):
        with site_of(place, Share(1, gpus)) as site:
            assert site.enter().device == torch.device("cuda")
    assert given == [0.25]


def test_what_a_worker_does_is_in_the_log(place, runs):
    assert train_at(runs[0], place).done is Done.HERE
    first, *epochs = (place.folder(runs[0]) / LOG).read_text().splitlines()
    assert first.startswith("0 goes to ")
    assert first.endswith(f"process {os.getpid()}")
    assert [line[:11] for line in epochs] == ["1 epoch 1/2", "1 epoch 2/2"]
    assert train_at(runs[0], place).done is Done.ELSEWHERE
    with lock_of(runs[1], place).held():
        assert train_at(runs[1], place).done is Done.BUSY


def test_trouble_is_a_line_not_an_exception(place, runs, monkeypatch):
    def fail(*_):
        raise SuiteError("the disk is full")

    monkeypatch.setattr(train, "train", fail)
    outcome = train_at(runs[0], place)
    assert (outcome.done, outcome.trouble) == (None, "the disk is full")
    assert training_record(place.results, "smoke", runs[0]) is None


def test_what_nobody_foresaw_is_an_exception(place, runs, monkeypatch):
    """The launcher tries such a run again, in another process."""

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(train, "train", fail)
    with pytest.raises(ZeroDivisionError):
        train_at(runs[0], place)
