"""The command line with any arguments: status 0, 1 or 2, one line where it refuses, no traceback.

Nothing is trained and nothing fetched: what would do so is not drawn.
"""

from __future__ import annotations

import contextlib
import io
import shutil

import pytest
import yaml
from conftest import PROJECT
from fuzzing import assert_one_line, damaged, fuzzed
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sample_claims import CLAIMS

from zerosnet.__main__ import main
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.experiments.trained_stages import EXPERIMENTS

#: Cheap and valid; their mutations are drawn.
VALID = [
    ["method", "1/3", "5/9", "1/9", "--beta", "16/9"],
    ["method", "--lambda", "-9/5", "--json"],
    ["method", "--k", "1/2"],
    ["method", "--name", "leapfrog"],
    ["where", "--profile", "mini"],
    ["why", "C01"],
    ["why", "C22", "--profile", "mini"],
    ["judge", "theorem1_consistency", "--profile", "smoke"],
    ["train", "table99", "--jobs", "2"],
    ["measure", "table99"],
    ["data", "list"],
    ["data", "verify", "mnist"],
    ["data", "at-hand", "--profile", "paper"],
    ["data", "fetch", "mnist", "--from", "nowhere"],
    ["data", "fetch", "mnist", "--mirror", "file:///etc"],
    ["plan", "table99"],
    ["performance", "nowhere.json"],
    ["report", "--profile", "huge"],
    ["--version"],
]
WORDS = st.one_of(
    st.sampled_from(sorted({word for arguments in VALID for word in arguments})),
    st.sampled_from(
        ["--help", "--", "-", "", "--profile", "--x", "-1", "1e999", "nan", "../..", "/"]
    ),
    st.text(max_size=10),
    st.just("a" * 5000),
    st.from_regex(r"[+-]?[0-9]{1,4}(/[0-9]{0,4}|e[0-9]{1,9})?", fullmatch=True),
)


@st.composite
def command_lines(draw):
    """A valid command with words taken out, put in, exchanged or doubled; or any words."""
    arguments = list(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(arguments)))
        kind = draw(st.sampled_from(["insert", "delete", "exchange", "double"]))
        if kind == "insert" or at == len(arguments):
            arguments.insert(at, draw(WORDS))
        elif kind == "delete":
            del arguments[at]
        elif kind == "exchange":
            arguments[at] = draw(WORDS)
        else:
            arguments.insert(at, arguments[at])
    return arguments


def is_work(arguments):
    """Whether it would train, fetch, measure this machine, or write all reports."""
    words = set(arguments)
    stages = words & {*EXPERIMENTS, "table9_runtime"}
    return (
        bool(words & {"train", "measure", "plan"} and stages)
        or ("plan" in words and not words & {"table99"})
        or (
            "fetch" in words and bool(words & set(CATALOGUE)) and not words & {"--from", "--mirror"}
        )
        or ("report" in words and "huge" not in words)
    )


@pytest.fixture(scope="module")
def small_checkout(tmp_path_factory):
    """A checkout with few claims, so that commands are quick."""
    root = tmp_path_factory.mktemp("fuzz") / "checkout"
    shutil.copytree(PROJECT / "claims" / "paper", root / "claims" / "paper")
    claims = yaml.safe_dump(CLAIMS, allow_unicode=True)
    (root / "claims" / "paper" / "claims.yaml").write_text(claims)
    shutil.copyfile(PROJECT / "params.yaml", root / "params.yaml")
    patch = pytest.MonkeyPatch()
    patch.chdir(root)
    for name in ("ZEROSNET_SCRATCH", "ZEROSNET_DATA", "ZEROSNET_JOBS"):
        patch.delenv(name, raising=False)
    yield root
    patch.undo()


def answer(arguments):
    """Status, standard output and standard error of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(arguments)
        except SystemExit as leaving:
            status = leaving.code
    return status, out.getvalue(), err.getvalue()


def check(arguments):
    status, out, err = answer(arguments)
    assert status in (0, 1, 2)
    assert "Traceback" not in out + err
    told = [line for line in err.splitlines() if line.startswith("zerosnet: ")]
    if status == 2 and "usage: " not in err:
        assert told
        assert_one_line(told[-1].partition(": ")[2], "")
        assert err.endswith("\n")


@fuzzed(150)
@given(arguments=command_lines())
@example(["method", "1e²", "--beta", "1"])
@example(["method", "1e390", "--beta", "1"])
@example(["method", "1e9_999_999_999", "--beta", "1"])
@example(["data", "fetch", "mnist", "--from", "a" * 5000])
@example(["performance", "."])
@example(["why", "C01", "--profile", "\udcff"])
def test_any_arguments(small_checkout, arguments):
    assume(not is_work(arguments))
    check(arguments)


@fuzzed(60)
@given(arguments=st.lists(WORDS, max_size=5))
def test_any_words(small_checkout, arguments):
    assume(not is_work(arguments))
    check(arguments)


@fuzzed(80)
@given(
    alphas=st.lists(WORDS, max_size=6),
    option=st.sampled_from(["--beta", "--lambda", "--k", "--alpha", "--name"]),
    value=WORDS,
)
def test_any_method(small_checkout, alphas, option, value):
    check(["method", *alphas, option, value])


@fuzzed(60)
@given(data=st.data())
def test_any_file_of_the_project(small_checkout, data):
    """One of the files that a command reads is damaged: it is named."""
    names = ["params.yaml", "claims/paper/claims.yaml", "claims/paper/recipes.yaml"]
    names += ["claims/paper/tables/table10_coefficients_roots.csv", "claims/paper/SHA256SUMS"]
    path = small_checkout / data.draw(st.sampled_from(names))
    content = path.read_bytes()
    path.write_bytes(data.draw(damaged(content)))
    commands = [VALID[0], ["why", "C01"], ["judge", "theorem1_consistency"], ["data", "at-hand"]]
    try:
        check(data.draw(st.sampled_from(commands)))
    finally:
        path.write_bytes(content)
