"""Measurements: what an experiment measures, and accuracy under noise by hand."""

from __future__ import annotations

import pytest
import torch
from small import small_images, small_run

from zerosnet.augmentation import pixels
from zerosnet.experiments import EXPERIMENTS, paper_tables
from zerosnet.growth import COLUMNS
from zerosnet.measurements import accuracy_under, measurement_of
from zerosnet.perturb import perturbation_named

CPU = torch.device("cpu")
IMAGES = small_images(train=10, test=50)


def test_experiments_measure_what_they_say(project):
    tables = paper_tables(project)
    found = {stage: measurement_of(e, tables[e.table]) for stage, e in EXPERIMENTS.items()}
    assert {stage for stage, measurement in found.items() if measurement} == {
        "table6_robustness",
        "perturbation_growth",
    }
    assert len(found["table6_robustness"].columns) == 7
    assert found["perturbation_growth"].columns == COLUMNS


@pytest.mark.parametrize("name", ["noise_free", "const_mu0.3", "gauss_sd0.04"])
def test_accuracy_under_noise_by_hand(name, monkeypatch):
    network = small_run().build().eval()
    perturbation = perturbation_named(name)
    with torch.no_grad():
        guesses = network(perturbation(pixels(IMAGES.test_images), 0)).argmax(1)
    expected = 100 * (guesses == IMAGES.test_labels).float().mean().item()
    assert accuracy_under(perturbation, network, IMAGES, CPU) == pytest.approx(expected, abs=1e-3)


def test_noise_is_the_same_for_every_network():
    """The released code's noise depends on the architecture; here only images and batch count."""
    seen = []

    class Recorder(torch.nn.Module):
        def forward(self, inputs):
            seen.append(inputs)
            return torch.zeros(len(inputs), 10)

    for seed in (1, 2):
        torch.manual_seed(seed)
        accuracy_under(perturbation_named("gauss_sd0.02"), Recorder(), IMAGES, CPU)
    assert torch.equal(*seen)
