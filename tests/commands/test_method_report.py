"""The account of a method, as text and as JSON."""

from __future__ import annotations

import json

import pytest

from zerosnet.__main__ import main
from zerosnet.commands.method import account_of
from zerosnet.methods.multistep import LinearMultistep


def json_of(capsys, *arguments):
    assert main(["method", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_optimum_by_its_coefficients(capsys):
    assert main(["method", "1/3", "5/9", "1/9", "--beta", "16/9"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("ZeroSNet-Opt: α = (1/3, 5/9, 1/9), β = 16/9, 3 step(s)")
    assert "member of ZeroSNet (eq. (10)): λ = -9/5" in text
    assert "(3ρ + 1)^2 · (ρ − 1)" in text
    assert "modulus 0.3333, 2 times" in text
    assert "zero-stable   yes (strongly)" in text
    assert "the paper     table 10: moduli 0.33, 0.33, 1.00, zero-stable: yes" in text
    assert "yes, order 2, error constant 11/48" in text


def test_ways_of_naming_one_method_agree(capsys):
    by_coefficients = json_of(capsys, "0", "1", "--beta", "2")
    assert by_coefficients["names"] == ["leapfrog"]
    assert (by_coefficients["zero_stable"], by_coefficients["strongly_zero_stable"]) == (
        True,
        False,
    )
    assert json_of(capsys, "--name", "leapfrog") == by_coefficients
    assert json_of(capsys, "--lambda", "-1") == by_coefficients
    assert json_of(capsys, "--lambda", "-1.0") == by_coefficients


def test_the_gauge_partner_is_shown_where_it_is_asked_for(capsys):
    account = json_of(capsys, "1", "1", "1", "--beta", "1", "--gauge", "1.84")
    assert not account["zero_stable"]
    assert account["gauge"]["zero_stable"]
    assert account["gauge"]["alphas"] == ["25/46", "625/2116", "15625/97336"]
    assert account["gauge"]["branch_growth"] == "25/46"
    assert main(["method", "2", "--beta", "1", "--gauge", "2"]) == 0
    text = capsys.readouterr().out
    assert "c = 2: α = (1), the n-th block’s branch weighed by 1 · (1/2)^(n+1)" in text
    assert "the same pre-activated network, zero-stable in it (no root outside" in text
    assert "gauge" not in json_of(capsys, "1", "--beta", "1")


@pytest.mark.parametrize(("c", "fault"), [("0", "above 0"), ("-2", "above 0"), ("x", "number")])
def test_a_gauge_that_is_none_is_refused_in_one_line(capsys, c, fault):
    assert main(["method", "1", "--beta", "1", "--gauge", c]) == 2
    error = capsys.readouterr().err
    assert fault in error
    assert error.count("\n") == 1


def test_negative_numbers_are_no_options(capsys):
    account = json_of(capsys, "-1/3", "-.5", "-2", "--beta", "-1/2")
    assert account["alphas"] == ["-1/3", "-1/2", "-2"]
    assert account["beta"] == "-1/2"


@pytest.mark.parametrize(
    ("arguments", "stable", "consistent"),
    [
        (("--alpha", "1"), True, True),
        (("--alpha", "0.5"), True, False),
        (("--alpha", "2"), False, False),
        (("--k", "-0.5"), True, False),
        (("--lambda", "1/3"), False, True),
    ],
)
def test_stability_and_consistency(capsys, arguments, stable, consistent):
    account = json_of(capsys, *arguments)
    assert account["zero_stable"] == stable
    assert account["consistent"] == consistent


def test_what_the_paper_says(capsys):
    assert json_of(capsys, "--alpha", "2")["paper"] == [
        "table 1: α = 2, zero-stable: no, 79.13 % on CIFAR-10"
    ]
    (said,) = json_of(capsys, "--k", "-0.5")["paper"]
    assert said.startswith("table 2: k = -0.5, zero-stable: yes, 92.95 %")
    assert json_of(capsys, "--lambda", "7")["paper"] == []


def test_outside_a_checkout_the_theory_still_speaks(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert json_of(capsys, "--name", "preresnet")["paper"] == []


def test_a_triple_root_makes_beta_vanish(capsys):
    account = json_of(capsys, "--lambda", "1/3")
    assert account["beta"] == "0"
    assert [f["factor"] for f in account["factors"]] == ["(ρ − 1)^3"]


def test_methods_without_principal_root_have_no_parasitic_radius():
    account = account_of(LinearMultistep((1, 1, 1), 1))
    assert account["parasitic_radius"] is None
    assert not account["consistent"]
