"""The chain behind a verdict."""

from __future__ import annotations

import json

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.judging.why import as_text, why


def test_an_exact_claim_shows_its_certificate(project):
    text = as_text(why("C19", "smoke", project))
    assert text.startswith("C19  PROVED  (theory)")
    assert "q(−1) = (λ + 1)/λ" in text


def test_a_measured_claim_leads_back_to_its_runs(project):
    text = as_text(why("C23", "mini", project))
    assert "decided as: order; " in text
    assert "images: cifar10-jpeg, SHA-256 " in text
    runs = [line for line in text.splitlines() if ", seed " in line]
    assert len(runs) == 10 * 5
    for line in runs:
        key = line.split()[0]
        assert (project / "results/mini/runs" / key / "training.json").exists()


def test_a_claim_under_noise_and_one_of_growth(project):
    assert "(noise_free, last_epoch)" in as_text(why("C32", "mini", project))
    assert "(stage_1, last_epoch)" in as_text(why("X03", "mini", project))
    # Where accuracy is on record, too.
    assert "(sharpness, last_epoch)" in as_text(why("X63", "mini", project))


def test_a_run_that_diverged_is_told_from_one_without_a_value(project):
    account = why("C23", "mini", project)
    for run, diverged in zip(account["runs"], (True, False), strict=False):
        run |= {"diverged": diverged, "value": None}
    runs = [line for line in as_text(account).splitlines() if ", seed " in line]
    assert [line.rpartition(": ")[2] for line in runs[:2]] == ["diverged", "–"]


def test_a_claim_about_some_rows_shows_only_their_runs(project):
    text = as_text(why("C27-cifar10", "mini", project))
    runs = [line for line in text.splitlines() if ", seed " in line]
    assert len(runs) == 2 * 5
    assert sum("trained coefficients" in line for line in runs) == 5


def test_a_claim_about_time_shows_its_devices(project):
    text = as_text(why("C41-runs", "mini", project))
    assert "timed on " in text
    assert "results/mini/runtime/" in text


def test_without_a_profile_it_is_the_strongest_with_evidence(project):
    account = why("C23", None, project)
    assert account["profile"] in ("mini", "medium", "paper")
    assert account["outcome"] == why("C23", account["profile"], project)["outcome"]


def test_the_page_is_named_where_there_is_one(project, checkout):
    for claim, profile, page in (
        ("C23", "mini", "reports/mini/table3_third_order.md"),
        ("C19", None, "reports/theory/theorem2_stability_region.md"),
    ):
        account = why(claim, profile, project)
        assert account["page"] == page
        assert (project / page).is_file()
        assert f"\n  page: {page}\n" in as_text(account)
    assert "page" not in why("C19", None, checkout)


def test_a_row_that_is_called_by_its_coefficients_is_not_named_twice(project):
    text = as_text(why("C23", "mini", project))
    assert "(1, 1, 1; 1), 32 layers, not zero-stable, seed 0" in text
    assert "(1, 1, 1; 1): (1, 1, 1; 1)" not in text
    assert "ZeroSNet-Opt: (1/3, 5/9, 1/9; 16/9), 32" in as_text(
        why("C26-preresnet-opt", "mini", project)
    )


def test_it_is_data_before_it_is_text(project):
    account = json.loads(json.dumps(why("c23", "mini", project)))
    assert (account["claim"], account["kind"], account["column"]) == ("C23", "order", "test")
    assert len(account["runs"]) == 50
    assert {run["seed"] for run in account["runs"]} == set(range(5))
    assert all(0 < run["value"] < 100 for run in account["runs"])


@pytest.mark.parametrize(
    ("claim", "profile", "message"),
    [
        ("C99", "paper", "claim 'C99' is unknown: did you mean"),
        ("C06", "paper", "table1_first_order has not been judged in the profile paper"),
        ("C06", None, "table1_first_order has not been judged in any profile"),
        ("C09", None, "`python -m zerosnet run table1_first_order --profile mini`"),
        ("C09", "paper", "`python -m zerosnet run table1_first_order --profile paper`"),
    ],
)
def test_what_is_not_there_is_named(checkout, claim, profile, message):
    with pytest.raises(SuiteError, match=message):
        why(claim, profile, checkout)
