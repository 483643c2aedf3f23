"""A small sweep: where it works, and its rows."""

from __future__ import annotations

import pytest
from small import small_place

from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage


@pytest.fixture
def place(checkout):
    return small_place(checkout, "mini", "scratch")


@pytest.fixture
def rows(checkout):
    return plan_stage("table1_first_order", load_profile(checkout / "params.yaml"), checkout)
