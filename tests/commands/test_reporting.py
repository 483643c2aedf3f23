"""Which reports a command writes or checks, and how it ends."""

from __future__ import annotations

import pytest

from zerosnet.__main__ import main
from zerosnet.reporting import report


@pytest.mark.parametrize("stale", [[], ["reports/README.md is not what the records give"]])
def test_a_check_fails_where_a_report_is_stale(checkout, monkeypatch, capsys, stale):
    monkeypatch.setattr(report, "check_reports", lambda _root: stale)
    assert main(["report", "--check"]) == len(stale)
    said = capsys.readouterr()
    assert said.err.splitlines() == [f"zerosnet: {line}" for line in stale]
    assert ("the reports in git are what the records give" in said.out) is (not stale)


def test_reports_are_judged_anew_where_that_is_asked(checkout, monkeypatch, capsys):
    pages = {"anew": [checkout / "reports/a.md"], "as judged": [checkout / "reports/b.md"]}
    monkeypatch.setattr(report, "rejudge", lambda _root: pages["anew"])
    monkeypatch.setattr(report, "write_reports", lambda _root, _profile: pages["as judged"])
    assert main(["report", "--rejudge"]) == 0
    assert capsys.readouterr().out == "reports/a.md\n"
    assert main(["report"]) == 0
    assert capsys.readouterr().out == "reports/b.md\n"
