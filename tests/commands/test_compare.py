"""A method of one's own, trained and held against the rows of a table."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from outcomes import training_records

from zerosnet.__main__ import main
from zerosnet.commands.compare import as_text
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.judging.own_method import STAGE, judge_beside, plan_beside
from zerosnet.judging.stages import load_result
from zerosnet.judging.wording import p_in_words
from zerosnet.methods.families import PRERESNET, ZEROSNET_OPT
from zerosnet.methods.multistep import LinearMultistep

OWN = LinearMultistep(("1/2", "1/2"), "3/2")


@pytest.fixture
def mini(project, monkeypatch):
    monkeypatch.chdir(project)
    return load_profile(project / "params.yaml", "mini")


@pytest.fixture
def with_stage(checkout):
    """The tiny checkout, with an entry for the stage, of two rows."""
    path = checkout / "params.yaml"
    content = yaml.safe_load(path.read_text())
    only = {"row": ["PreResNet", "ZeroSNet-Opt"]}
    content["profiles"]["smoke"]["tables"][STAGE] = {"layers": 8, "seeds": 2, "only": only}
    path.write_text(yaml.safe_dump(content))
    return checkout


def test_only_its_own_runs_are_added_to_those_of_the_stage(project, mini):
    *others, own = plan_beside(OWN, mini, project)
    stage = plan_stage(STAGE, mini, project)
    assert [[run.key for run in row.runs] for row in others] == [
        [run.key for run in row.runs] for row in stage
    ]
    assert len(own.runs) == len(stage[0].runs)
    assert {run.architecture.method for run in own.runs} == {OWN}
    first, like = own.runs[0], stage[0].runs[0]
    assert (first.recipe, first.data, first.architecture.depth) == (
        like.recipe,
        like.data,
        like.architecture.depth,
    )


def test_a_method_is_no_rival_of_itself(project, mini):
    labels = [row.label for row in plan_beside(ZEROSNET_OPT, mini, project)]
    assert labels[-1] == ZEROSNET_OPT.label
    assert "ZeroSNet-Opt" not in labels
    assert "PreResNet, twice the rate" in labels
    assert "PreResNet" not in [row.label for row in plan_beside(PRERESNET, mini, project)]


def test_it_finds_what_the_stage_finds_of_the_same_rows(project, mini):
    """C26-preresnet-opt asks the same of the same runs."""
    found = judge_beside(plan_beside(ZEROSNET_OPT, mini, project), mini, project, ZEROSNET_OPT)
    verdict = {rival.row.label: rival.verdict for rival in found.rivals}["PreResNet"]
    stored = load_result(project / "results", STAGE, "mini")["verdicts"]
    (claim,) = [each for each in stored if each["claim"] == "C26-preresnet-opt"]
    for name in ("difference", "by_seed", "p_value"):
        assert verdict.details[name] == claim["details"][name]


def test_comparisons_are_corrected_over_all_of_them(project, mini):
    found = judge_beside(plan_beside(ZEROSNET_OPT, mini, project), mini, project, ZEROSNET_OPT)
    pairs = sorted((r.verdict.details["p_value"], r.p_corrected) for r in found.rivals)
    assert len(pairs) == 3
    assert pairs[0][1] == pytest.approx(3 * pairs[0][0], rel=1e-3)
    assert all(corrected >= p for p, corrected in pairs)
    assert [corrected for _, corrected in pairs] == sorted(corrected for _, corrected in pairs)


def test_a_method_is_trained_once_and_held_against_all_rows(with_stage, capsys):
    assert main(["compare", "1/2", "1/2", "--beta", "3/2"]) == 0
    said = capsys.readouterr()
    assert "10 runs, 10 to train" in said.err
    assert said.out.startswith("(1/2, 1/2; 3/2), zero-stable: ")
    rivals = re.findall(r"^against (.*?):", said.out, flags=re.M)
    assert rivals == ["PreResNet", "PreResNet, twice the rate", "ZeroSNet-Opt", "ZeroSNet-Tra"]
    # Toy images decide nothing, whoever asks.
    assert said.out.count("SMOKE: ") == len(rivals)
    assert "p = " not in said.out
    before = training_records(with_stage / "results")
    assert main(["compare", "0.5", "0.5", "--beta", "1.5", "--json"]) == 0
    said = capsys.readouterr()
    assert "10 runs, 0 to train" in said.err
    account = json.loads(said.out)
    assert set(account["method"]["keys"].values()) <= before.keys()
    assert {rival["p_corrected"] for rival in account["rivals"]} == {None}
    assert training_records(with_stage / "results") == before


def test_a_method_that_diverges_is_said_to(with_stage, capsys):
    assert main(["compare", "1e38", "--beta", "1"]) == 0
    said = capsys.readouterr().out
    assert "not zero-stable: no run completed, 2 diverged" in said


def test_images_that_are_not_here_are_said(with_stage, capsys):
    path = with_stage / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["profiles"]["smoke"] |= {
        "data": {"CIFAR-10": {"name": "cifar10"}},
        "optional": ["cifar10"],
    }
    path.write_text(yaml.safe_dump(content))
    assert main(["compare", "--name", "preresnet"]) == 2
    said = capsys.readouterr()
    assert "get it with `python -m zerosnet data fetch cifar10`" in said.err
    assert said.out == ""


def test_a_missing_table_is_said_as_train_says_it(with_stage, capsys):
    (with_stage / "claims/comparisons/against_preresnet.csv").unlink()
    said = []
    for command in (["compare", "--name", "preresnet"], ["train", STAGE]):
        assert main(command) == 2
        said.append(capsys.readouterr().err)
    assert "reads against_preresnet.csv, which is neither in claims/comparisons" in said[0]
    assert said[0] == said[1]
    assert said[0].count("\n") == 1


def test_a_profile_of_another_name_decides_nothing(with_stage, capsys):
    path = with_stage / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["profiles"]["mine"] = content["profiles"]["smoke"]
    path.write_text(yaml.safe_dump(content))
    assert main(["compare", "--name", "preresnet", "--profile", "mine"]) == 0
    said = capsys.readouterr().out
    assert "NOT-RUN: needs profile `mini`; these runs are `mine`" in said
    assert "p = " not in said


def test_the_text_tells_what_survives(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert main(["compare", "--name", "zerosnet-opt", "--profile", "mini"]) == 0
    text = capsys.readouterr().out
    assert main(["compare", "--name", "zerosnet-opt", "--profile", "mini", "--json"]) == 0
    for rival in json.loads(capsys.readouterr().out)["rivals"]:
        (after,) = re.findall(rf"^against {rival['row']}: .*\n.*\n  (p [=<] .*)$", text, flags=re.M)
        if rival["p_value"] > 0.05:
            assert "Holm" not in after
        else:
            kept = rival["p_corrected"] <= 0.05
            assert ("does not survive Holm" not in after) == kept
            assert after.endswith(f"({p_in_words(rival['p_corrected'])})")


@pytest.mark.parametrize(("corrected", "said"), [(0.05, "survives"), (0.0501, "does not survive")])
def test_what_survives_counts_after_the_correction_at_five_percent(corrected, said):
    row = {"row": "one", "layers": 8, "zero_stable": True, "diverged": [], "keys": {}}
    row["accuracy"] = {"0": 50.0, "1": 52.0}
    rival = {**row, "outcome": "supported", "summary": "", "p_value": 0.05}
    account = {"profile": "mini", "epochs": 1, "images": "digits", "size": None, "method": row}
    text = as_text({**account, "rivals": [{**rival, "p_corrected": corrected}]})
    assert f", {said} Holm's correction over 1 comparisons" in text
    assert "pixels" not in text
    assert "51.00 ± 1.41 % on test images (2 seeds)" in text
