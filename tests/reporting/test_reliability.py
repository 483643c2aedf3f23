"""What was tried against the suite: on record, added up, and on its page."""

from __future__ import annotations

import json

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.storage import read_json, write_json
from zerosnet.reporting.reliability import SCHEMA, campaign_path, load_campaign, record_campaign
from zerosnet.reporting.reliability_page import reliability_page

PROVENANCE = {
    "environment": {"device": "cpu", "processor": "a chip", "threads": 2},
    "commit": "0123",
    "finished": "2026-01-02T00:00:00+00:00",
}
FAULTS = [
    {"fault": "a kill", "tried": 1200, "lost": "an epoch"},
    {"fault": "a jump of the clock", "tried": 1, "lost": "nothing"},
    {"fault": "a jump of the clock", "tried": 2, "lost": "nothing"},
]


@pytest.fixture
def counted(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text(json.dumps({"faults": FAULTS}))
    return path


def test_what_was_tried_stands_on_the_page(counted, tmp_path):
    record_campaign(counted, tmp_path, PROVENANCE)
    page = reliability_page(load_campaign(tmp_path))
    assert "| a kill              | 1,200 | an epoch |" in page
    assert "| a jump of the clock |     3 | nothing  |" in page
    assert "a chip, 2 threads, commit `0123`, 2026-01-02." in page


def test_without_a_campaign_the_page_says_so(tmp_path):
    assert load_campaign(tmp_path) is None
    assert "No campaign is on record" in reliability_page(None)


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "{}", '{"faults": []}', '{"faults": [1]}', '{"faults": [{"fault": "a"}]}'),
        '{"faults": [{"fault": "a", "lost": "b", "tried": Infinity}]}',
        "[" * 100_000,
    ],
)
def test_another_file_is_refused(tmp_path, counted, content):
    counted.write_text(content)
    with pytest.raises(SuiteError, match="is not what `make faults` writes"):
        record_campaign(counted, tmp_path, PROVENANCE)
    assert not campaign_path(tmp_path).exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SuiteError, match="does not exist: `make faults` writes it"):
        record_campaign(tmp_path / "none.json", tmp_path, PROVENANCE)


def test_a_folder_in_its_place_is_named(tmp_path):
    with pytest.raises(SuiteError, match=r"cannot read .* \(Is a directory\)"):
        record_campaign(tmp_path, tmp_path, PROVENANCE)


def test_what_the_record_says_stays_text(counted, tmp_path):
    evil = "<script>[x](javascript:y)`"
    record_campaign(counted, tmp_path, {**PROVENANCE, "commit": evil, "finished": evil})
    page = reliability_page(load_campaign(tmp_path))
    assert "<script" not in page
    assert "](javascript" not in page


def test_a_damaged_record_is_named(counted, tmp_path):
    record_campaign(counted, tmp_path, PROVENANCE)
    path = campaign_path(tmp_path)
    content = read_json(path, SCHEMA)
    write_json(path, {**content, "faults": [{"fault": "a kill", "tried": "often", "lost": ""}]})
    with pytest.raises(SuiteError, match="is damaged"):
        load_campaign(tmp_path)
