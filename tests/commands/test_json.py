"""``--json`` of plan, why and data list: what people read, for programs."""

from __future__ import annotations

import json

import pytest

from zerosnet.__main__ import main


@pytest.fixture
def account(project, monkeypatch, capsys):
    """Command → what it prints, read back."""

    def read(*command):
        monkeypatch.chdir(project)
        assert main([*command, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return read


def test_data_list(account):
    found = {each["name"]: each for each in account("data", "list")["data_sets"]}
    assert found["digits"]["here"] is True
    assert (found["cifar10"]["train"], found["cifar10"]["test"]) == (50_000, 10_000)
    assert found["cifar10"]["bytes"] > 1e8


def test_why(account):
    assert account("why", "c19")["outcome"] == "PROVED"
    assert {run["layers"] for run in account("why", "C09", "--profile", "mini")["runs"]} == {32}
    # Whatever profile is in force.
    assert account("why", "C23")["profile"] in ("mini", "medium", "paper")


def test_plan(account):
    found = account("plan", "table1_first_order", "C12", "--profile", "paper")
    assert found["profile"] == "paper"
    assert [stage["runs"] for stage in found["stages"]] == [15, 12]
    missing = {key for stage in found["stages"] for key in stage["missing"]}
    assert found["to_train"] == len(missing)
    assert found["seconds"] > 0
    assert all(rate["operations_a_second"] > 0 for rate in found["rates"])
    assert 0 < found["stages"][0]["power"]["C06"]["of_all"] < 1


def test_another_protocol_can_be_planned(account):
    (stage,) = account("plan", "appendix_fgsm", "--profile", "paper")["stages"]
    assert stage["borrowed"] == []
    other = account("plan", "appendix_fgsm", "--profile", "paper", "--protocol", "as-code")
    assert other["stages"][0]["borrowed"] == ["as-code takes epochs for MNIST from as-paper"]
