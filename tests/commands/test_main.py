"""The command line: bad input gets one line on standard error, status 2, and nothing is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
import yaml

from zerosnet.__main__ import main
from zerosnet.commands import method as method_report
from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import read_json, write_json
from zerosnet.judging.stages import SCHEMA


def files(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def change_params(checkout, **entries):
    path = checkout / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["profiles"]["smoke"].update(entries)
    path.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "table1_first_order", "--profile", "huge"], "profile 'huge' is not in params"),
        (["train", "table99"], "no stage that trains is called 'table99': one of table1_first_ord"),
        (["train", "table6"], "is called 'table6': did you mean table6_robustness?"),
        (["train", "table_6_robustness"], "did you mean table6_robustness"),
        (["plan", "paper_audit"], "'paper_audit' trains nothing: type `dvc repro paper_audit`"),
        (["train", "table1_first_order", "--jobs", "1_0"], "--jobs is '1_0': give a number"),
        (["train", "table1_first_order", "--profile", "smok"], "did you mean smoke?"),
        (["judge", "theorem2"], "did you mean theorem2_stability_region?"),
        (["why", "C233"], "claim 'C233' is unknown: did you mean C2"),
        (["why", "pi"], "claim 'pi' is unknown: reports/claims.md lists all"),
        (["plan", "C233"], "stage or claim 'C233' is unknown: did you mean C2"),
        (["data", "fetch", "cifar-10"], "data set 'cifar-10' is unknown: did you mean cifar10"),
        (["method", "--name", "zerosnet"], "did you mean zerosnet-opt"),
        (["method", "0 1", "--beta", "2"], "α0 is '0 1': a number has no blanks in it"),
        (["method", "4/3", "--beta", "2/3", "-1/3"], "-1/3: coefficients stand before the options"),
        (["data", "fetch", "cifar10", "--mirror", "http://[::1/x"], "is no http address"),
        (["data", "fetch", "cifar10", "--mirror", "http://host:port/"], "is no http address"),
        (["judge", "table99"], "stage 'table99' is unknown: one of section2_discretizations"),
        (["measure", "table1_first_order"], "type `python -m zerosnet judge table1_first_order`"),
        (["train", "table9_runtime"], "type `python -m zerosnet run table9_runtime`"),
        (["sweep", "paper_audit"], "'paper_audit' trains nothing: type `dvc repro paper_audit`"),
        (["arithmetic", "gauge"], "'gauge' trains nothing: type `dvc repro gauge`"),
        (["train", "gauge"], "'gauge' trains nothing: type `dvc repro gauge`"),
        (["method", "--name", "runge"], "method 'runge' is unknown"),
        (["comapre", "1"], "command 'comapre' is unknown: did you mean compare?"),
        (["x"], "command 'x' is unknown: one of train, "),
        ([""], "command '' is unknown: one of train, "),
        (["compare"], "no methods are named: give one, as coefficients"),
        (["compare", "1/2", "1/2"], "β is missing"),
        (["compare", "1/0", "--beta", "1"], "α0 is '1/0': its denominator is zero"),
        (["method", "--lambda", "0"], "λ = 0"),
        (["method", "1", "nan", "--beta", "1"], "α1 is 'nan'"),
        (["method", "1", "one"], "α1 is 'one'"),
        (["method", "1", "1"], "β is missing: add --beta"),
        (["method", "1"], "β is missing"),
        (
            ["method", "--alpha", "1", "--alpha", "2"],
            "--alpha is given twice; several coefficients",
        ),
        (["method", "1", "--beta", "1", "--beta", "2"], "--beta is given twice"),
        (["method", "1", "--beta", "1", "--k", "1"], "2 methods are named: give one"),
        (["method", "--k", "1", "--beta", "1"], "--beta goes with coefficients"),
        (["data", "fetch", "svhn"], "data set 'svhn' is unknown"),
        (["data", "fetch", "imagenet"], "imagenet cannot be fetched: unpack it so that FOLDER"),
        (["data", "at-hand", "--profile", "huge"], "profile 'huge' is not in params"),
        (["sweep", "table5_imagenet"], "takes all devices: type `python -m zerosnet train table5"),
        (["plan", "table99"], "stage or claim 'table99' is unknown"),
        (["data", "fetch", "mnist", "--from", "nowhere"], "nowhere is no folder"),
        (["data", "fetch", "mnist", "--from", "a" * 5000], "is no folder"),
        (["method", "1e390", "--beta", "1"], "too large for a coefficient"),
        (["performance", "."], "cannot read ."),
        (["performance", "a" * 5000], "cannot read aaa"),
        (["data", "verify", "cifar10"], "python -m zerosnet data fetch cifar10"),
        (["data", "verify", "cifar10-head"], "data fetch cifar10-head --from FOLDER` (nobody"),
    ],
)
def test_bad_input_gets_one_line(checkout, capsys, arguments, message):
    before = files(checkout)
    assert main(arguments) in (1, 2)
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1
    assert files(checkout) == before


def test_missing_data_names_the_command_that_gets_it(checkout, capsys):
    change_params(checkout, data={"CIFAR-10": {"name": "cifar10"}})
    assert main(["train", "table1_first_order"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert "expected md5 c58f30108f718f92721af3b95e74349a" in errors[-1]
    assert "python -m zerosnet data fetch cifar10" in errors[-1]
    assert "arithmetic" not in "".join(errors)  # it is said before anything takes time
    assert not (checkout / "results").exists()


def test_a_truncated_archive_is_not_used(checkout, capsys):
    change_params(checkout, data={"CIFAR-10": {"name": "cifar10"}})
    (checkout / "data").mkdir()
    (checkout / "data" / "cifar-10-python.tar.gz").write_bytes(b"\x1f\x8b truncated")
    assert main(["train", "table1_first_order"]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "expected md5 c58f30108f718f92721af3b95e74349a, found" in last


def test_an_impossible_depth_says_which_are_possible(checkout, capsys):
    tables = {"table1_first_order": {"seeds": 1, "layers": 33}}
    change_params(checkout, tables=tables)
    assert main(["train", "table1_first_order"]) == 2
    assert "it must be 6n+2, for example 32 or 38" in capsys.readouterr().err


def test_outside_a_checkout(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == 2
    assert "is in no checkout of this project" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_results_folder(checkout, capsys):
    (checkout / "results").mkdir()
    (checkout / "results").chmod(0o500)
    assert main(["judge", "theorem1_consistency"]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_python_drops_comes_again(number):
    """While an object is being deleted, exceptions are ignored; the work must stop all the same."""
    program = f"""
import os, signal, time
from zerosnet.commands.shared import stop_like_ctrl_c_when_terminated

class Deleted:
    def __del__(self):
        os.kill(os.getpid(), {int(number)})
        time.sleep(0.2)

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored in the background
stop_like_ctrl_c_when_terminated()
Deleted()
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.stdout == "stopped\n"
    assert done.stderr == ""


def test_a_command_leaves_the_hooks_as_they_were(checkout, monkeypatch):
    def mine(_unraisable):
        raise AssertionError

    monkeypatch.setattr(sys, "unraisablehook", mine)
    assert main(["train", "no_such_stage"]) == 2
    assert sys.unraisablehook is mine


def test_a_results_folder_that_is_a_file(checkout, capsys):
    (checkout / "results").write_text("in the way")
    assert main(["judge", "theorem1_consistency"]) == 2
    errors = capsys.readouterr().err
    assert "cannot write" in errors
    assert errors.count("\n") == 1


def test_results_of_another_schema_are_refused(checkout, capsys):
    assert main(["judge", "theorem1_consistency"]) == 0
    path = checkout / "results" / "theory" / "theorem1_consistency.json"
    write_json(path, {**read_json(path, SCHEMA), "schema": 99})
    capsys.readouterr()
    assert main(["report"]) == 2
    errors = capsys.readouterr().err
    assert f"has schema 99, but this version reads {SCHEMA}" in errors
    assert errors.count("\n") == 1
    assert not (checkout / "reports").exists()


def test_the_whole_chain_in_a_tiny_profile(checkout, capsys):
    two = {"layers": 8, "seeds": 2, "only": {"modulus_1": ["1.84", "0.33"]}}
    only = {**two["only"], "n_layers": "56"}
    params = yaml.safe_load((checkout / "params.yaml").read_text())
    tables = params["profiles"]["smoke"]["tables"]
    tables |= {"table3_third_order": {**two, "only": only}, "table6_robustness": two}
    change_params(checkout, tables=tables)
    for stage in ("table3_third_order", "table6_robustness"):
        assert main(["train", stage]) == 0
    assert main(["measure", "table6_robustness"]) == 0
    for stage in ("theorem1_consistency", "table3_third_order", "table6_robustness"):
        assert main(["judge", stage]) == 0
    assert main(["report"]) == 0
    assert main(["where"]) == 0
    said = capsys.readouterr().out
    assert "this run's pages (smoke):   reports/smoke/README.md" in said
    assert "python -m zerosnet why C23" in said
    errors = "0 to train"
    assert main(["train", "table6_robustness"]) == 0
    assert errors in capsys.readouterr().err
    page = (checkout / "reports" / "smoke" / "table6_robustness.md").read_text()
    assert "**SMOKE**" in page
    assert "says nothing about the paper" in page


def test_help_comes_without_torch():
    """Start-up must not pay for what a command does not need."""
    code = (
        "import sys; from zerosnet.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'numpy', 'scipy', 'flint', 'sympy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Does zero stability predict" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m zerosnet data list | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr


def test_what_the_terminal_cannot_write_is_shown_otherwise():
    """A folder whose name is no text, and a terminal that knows no Greek."""
    environment = {**os.environ, "ZEROSNET_DATA": "\udcff", "PYTHONIOENCODING": "ascii"}
    for arguments in (["data", "list"], ["method", "--lambda", "1"]):
        done = subprocess.run(
            [sys.executable, "-m", "zerosnet", *arguments],
            capture_output=True,
            text=True,
            env=environment,
        )
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        assert "\\u" in done.stdout


@pytest.mark.parametrize("command", [("method", "1", "--beta", "1"), ("plan",), ("repro",)])
def test_without_its_environment_it_says_which(project, command):
    """``-S`` hides what is installed, as a Python outside the environment does not have it."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "zerosnet", *command],
        cwd=project,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert done.returncode == 2
    assert f"is not installed for {sys.executable}: activate the environment" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_module_of_the_suite_that_is_missing_is_no_slip_of_the_users(monkeypatch):
    def broken(_arguments):
        raise ModuleNotFoundError("no module", name="zerosnet.nowhere")

    monkeypatch.setattr(method_report, "_method", broken)
    with pytest.raises(ModuleNotFoundError):
        main(["method", "1", "--beta", "1"])


def test_a_command_is_known_in_any_case(capsys):
    assert main(["Method", "1", "--beta", "1"]) == 0
    assert "PreResNet" in capsys.readouterr().out


def test_without_a_command_all_are_shown(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "train a method of yours beside" in said.err


def test_files_come_from_one_place(capsys):
    with pytest.raises(SystemExit):
        main(["data", "fetch", "mnist", "--mirror", "http://host/", "--from", "."])
    assert "argument --from: not allowed with argument --mirror" in capsys.readouterr().err


def test_one_data_set_that_cannot_be_had_does_not_keep_the_others_away(
    checkout, tmp_path, monkeypatch, capsys
):
    asked = []

    def fetch(wanted, *_, **__):
        asked.append(wanted.name)
        if wanted.name == "mnist":
            raise SuiteError("cannot get mnist")
        return [tmp_path / wanted.name]

    monkeypatch.setattr("zerosnet.data.fetch.fetch", fetch)
    assert main(["data", "fetch", "mnist", "cifar10"]) == 2
    assert asked == ["mnist", "cifar10"]
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'cifar10'}\n"
    assert said.err.splitlines() == [
        "cannot get mnist",
        "zerosnet: not fetched: mnist, for the reasons above",
    ]


def test_data_commands(checkout, capsys, monkeypatch):
    assert main(["data", "list"]) == 0
    listed = capsys.readouterr().out
    assert "digits         here" in listed
    assert "cifar10        –" in listed
    assert main(["data", "verify"]) == 0
    assert "no raw files in" in capsys.readouterr().out
    monkeypatch.setenv("ZEROSNET_DATA", str(checkout / "dta"))
    assert main(["data", "list"]) == 0
    assert f"Looked in {checkout}/dta (not there), {checkout}/data" in capsys.readouterr().out
    monkeypatch.setenv("ZEROSNET_DATA", str(checkout / "params.yaml"))
    assert main(["data", "list"]) == 0
    assert "params.yaml (no folder), " in capsys.readouterr().out
    monkeypatch.delenv("ZEROSNET_DATA")
    (checkout / "data").mkdir()
    (checkout / "data" / "cifar10_head.npz").write_bytes(b"no archive")
    assert main(["data", "verify"]) == 1
    assert "expected sha256 06f251540ec1" in capsys.readouterr().err
