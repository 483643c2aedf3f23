"""Table 8: numbers of parameters."""

from pathlib import Path

import pytest

from zerosnet.paper.tables import load_paper

STAGE = "table8_parameters"
TABLE = "table08_parameters"
pytestmark = pytest.mark.table8

#: No network that is described anywhere has as many: erratum C38.
OF_NO_NETWORK = {("lm_resnet", 110)}


@pytest.fixture(scope="module")
def counted():
    """Model and depth → the printed number, and every network counted that it could be of."""
    from zerosnet.networks.parameter_counts import readings_of_table_8  # loads PyTorch

    rows = readings_of_table_8(load_paper(Path(__file__).parent / "paper"))
    return {(row["model"], row["depth"]): row for row in rows}


@pytest.mark.parametrize("model", ["preresnet", "lm_resnet", "zerosnet"])
def test_printed_count_is_obtained(row, model, counted, record_property):
    """To the printed digit, at 10 or at 100 classes, with or without layers that nothing uses."""
    key = model, int(row["n_layers"])
    found = counted[key]
    networks = " or ".join(found["obtained_with"]) or "of no network"
    record_property("said", f"printed {found['printed']} M: {networks}")
    if key in OF_NO_NETWORK:
        assert not found["obtained_with"]
        pytest.xfail(f"{found['printed']} M is no network's: errata.yaml, C38")
    assert found["obtained_with"]


def test_claim(claim, check):
    check(claim)
