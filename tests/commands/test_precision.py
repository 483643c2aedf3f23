"""A machine without units for bfloat16 trains in float32, and says so."""

from __future__ import annotations

import pytest
import torch
import yaml

from zerosnet.__main__ import main
from zerosnet.commands.shared import PrecisionHere
from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.records import training_record
from zerosnet.experiments.rows import plan_stage
from zerosnet.files.paths import paper_folder
from zerosnet.judging.stages import load_result
from zerosnet.paper.claims import load_claims
from zerosnet.reporting.stage_pages import stage_page
from zerosnet.training import rates
from zerosnet.training.rates import measured_rate, precision_here, why_float32

STAGE = "table1_first_order"
CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def mini(checkout, monkeypatch):
    path = checkout / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["profiles"]["mini"]["precision"] = "bfloat16"
    path.write_text(yaml.safe_dump(params))
    monkeypatch.delenv("ZEROSNET_PRECISION", raising=False)
    monkeypatch.setattr(rates, "has_bfloat16_units", lambda: False)
    return load_profile(path, "mini")


@pytest.fixture
def measured(monkeypatch):
    """Rates as on a laptop, asked for in vain if not needed."""
    monkeypatch.setattr(
        rates, "_seconds_a_step", lambda recipe, *_: 0.1 if recipe.precision == "float32" else 1.0
    )
    measured_rate.cache_clear()
    yield
    measured_rate.cache_clear()


def records(mini, root, seed):
    runs = [run for run in distinct_runs(plan_stage(STAGE, mini, root)) if run.seed == seed]
    return [training_record(root / "results", "mini", run) for run in runs]


def page_of(root):
    """The stage's page from its result."""
    claims = {claim.id: claim for claim in load_claims(paper_folder(root) / "claims.yaml")}
    content = load_result(root / "results", STAGE, "mini")
    return stage_page(content, claims)[f"{STAGE}.md"].decode()


def test_a_devices_own_units_decide(monkeypatch):
    """A processor's on a processor, a GPU's on a GPU; where it is emulated does not count."""
    for on_cpu, on_gpu in ((True, False), (False, True)):
        monkeypatch.setattr(rates, "has_bfloat16_units", lambda on_cpu=on_cpu: on_cpu)
        monkeypatch.setattr(
            torch.cuda,
            "is_bf16_supported",
            lambda including_emulation=True, on_gpu=on_gpu: including_emulation or on_gpu,
        )
        for device, units in ((CPU, on_cpu), (GPU, on_gpu)):
            assert precision_here("bfloat16", device) == ("bfloat16" if units else "float32")
            assert precision_here("float32", device) == "float32"


def test_a_gpu_without_units_is_called_one(measured, checkout, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "an older one")
    assert why_float32(GPU).startswith("this GPU has no units for bfloat16: in float32 it trains ")
    assert why_float32(CPU).startswith("this processor has no units for bfloat16: ")


def test_it_trains_judges_and_reports_in_float32(mini, checkout, measured, capsys):
    assert main(["train", STAGE, "--profile", "mini"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "bfloat16" in line]
    assert lines == [
        "mini is trained in float32: this processor has no units for bfloat16: in float32 it "
        "trains 640 images a second, in bfloat16 64 (ZeroSNet-20 on 16×16 pixels, measured); "
        "ZEROSNET_PRECISION=bfloat16 trains as elsewhere"
    ]
    for seed in (0, 1):
        (record,) = records(mini, checkout, seed)
        assert record["configuration"]["recipe"]["precision"] == "float32"
    assert main(["judge", STAGE, "--profile", "mini"]) == 0
    page = page_of(checkout)
    assert "recipe as-paper, float32." in page
    # All is on record: nothing more is asked or said.
    capsys.readouterr()
    assert main(["train", STAGE, "--profile", "mini"]) == 0
    assert "bfloat16" not in capsys.readouterr().err


def test_this_processor_does_not_choose_for_a_rays_gpus(mini, measured, monkeypatch, capsys):
    """Its nodes have them or not; this machine, which may have none, only starts the sweep."""
    monkeypatch.setenv("RAY_ADDRESS", "first:6379")
    monkeypatch.delenv("ZEROSNET_GPUS_PER_RUN", raising=False)
    assert PrecisionHere(mini, "ray")() == "bfloat16"
    assert capsys.readouterr().err == ""
    assert PrecisionHere(mini)() == "float32"
    monkeypatch.setenv("ZEROSNET_GPUS_PER_RUN", "0")
    assert PrecisionHere(mini, "ray")() == "float32"
    monkeypatch.delenv("ZEROSNET_GPUS_PER_RUN")
    monkeypatch.delenv("RAY_ADDRESS")
    assert PrecisionHere(mini, "ray")() == "float32"  # this machine is all that Ray has


def test_seeds_of_both_precisions_serve_a_table_that_says_so(mini, checkout, measured, monkeypatch):
    path = checkout / "params.yaml"
    both = path.read_text()
    params = yaml.safe_load(both)
    params["profiles"]["mini"]["tables"][STAGE]["seeds"] = 1
    path.write_text(yaml.safe_dump(params))
    monkeypatch.setenv("ZEROSNET_PRECISION", "bfloat16")
    assert main(["train", STAGE, "--profile", "mini"]) == 0
    path.write_text(both)
    monkeypatch.delenv("ZEROSNET_PRECISION")
    assert main(["train", STAGE, "--profile", "mini"]) == 0
    found = [records(mini, checkout, seed)[0] for seed in (0, 1)]
    assert [record["configuration"]["recipe"]["precision"] for record in found] == [
        "bfloat16",
        "float32",
    ]
    assert main(["judge", STAGE, "--profile", "mini"]) == 0
    page = page_of(checkout)
    assert "recipe as-paper, bfloat16 (seed 0), float32 (seed 1)." in page


def test_the_plan_counts_with_the_precision_that_is_used(mini, checkout, measured, capsys):
    assert main(["plan", STAGE, "--profile", "mini"]) == 0
    said = capsys.readouterr().out
    assert "2 runs, 0 on record, 2 to train" in said
    assert "float32, 8×8 pixels: " in said
    assert "2 of them in float32; all as the profile says, in bfloat16, would take about" in said


@pytest.mark.parametrize("profile", ["mini", "paper"])
@pytest.mark.parametrize("command", ["train", "plan"])
def test_a_precision_that_is_none_is_named(mini, checkout, monkeypatch, capsys, command, profile):
    """Also where the profile, in float32, asks no machine for another one."""
    monkeypatch.setenv("ZEROSNET_PRECISION", "float16")
    assert main([command, STAGE, "--profile", profile]) == 2
    errors = capsys.readouterr().err
    assert "ZEROSNET_PRECISION is 'float16'" in errors
    assert errors.count("\n") == 1


def test_a_precision_is_known_in_any_case(mini, measured, monkeypatch):
    """What is not told from another by its name would train in that other one."""
    monkeypatch.setenv("ZEROSNET_PRECISION", "Float32")
    assert PrecisionHere(mini)() == "float32"
