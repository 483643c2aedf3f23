"""Measurements: what an experiment measures, and accuracy under noise by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small import small_images, small_run

from zerosnet.data.augmentation import pixels
from zerosnet.data.perturb import NOISE_FREE, perturbation_named
from zerosnet.experiments.rows import all_tables
from zerosnet.experiments.trained_stages import EXPERIMENTS
from zerosnet.files.errors import SuiteError
from zerosnet.measuring.attacks import PGD
from zerosnet.measuring.columns import GROWTH_COLUMNS
from zerosnet.measuring.measurements import (
    accuracy,
    generalization_gap,
    is_of,
    measurement_of,
    under_attack,
    under_noise,
)
from zerosnet.paper.tables import Table

CPU = torch.device("cpu")
IMAGES = small_images(train=10, test=50)


def test_experiments_measure_what_they_say(project):
    tables = all_tables(project)
    found = {stage: measurement_of(e, tables[e.table]) for stage, e in EXPERIMENTS.items()}
    assert {stage: measurement.name for stage, measurement in found.items() if measurement} == {
        "table6_robustness": "noise",
        "scaled_noise": "robustness",
        "perturbation_growth": "growth",
        "table7_generalization_gap": "gap",
        "appendix_pgd": "pgd",
        "appendix_fgsm": "fgsm",
        "in_resnet": "robustness",
        "deformation": "sharpness",
        "trained_coefficients": "coefficients",
    }
    assert len(found["table6_robustness"].columns) == 7
    assert found["perturbation_growth"].columns == GROWTH_COLUMNS
    assert found["appendix_pgd"].columns[0] == NOISE_FREE


@pytest.mark.parametrize("name", ["noise_free", "const_mu0.3", "gauss_sd0.04"])
def test_accuracy_under_noise_by_hand(name):
    network = small_run().build().eval()
    noise = perturbation_named(name)
    table = Table("t", (f"{name}_acc_mean_pct",), ())
    with torch.no_grad():
        guesses = network(noise(pixels(IMAGES.test_images), 0)).argmax(1)
    expected = 100 * (guesses == IMAGES.test_labels).float().mean().item()
    found = under_noise(table).measure(network, IMAGES, CPU)
    assert found == {name: pytest.approx(expected, abs=1e-3)}


def test_a_table_without_a_perturbation_measures_nothing_and_is_refused():
    experiment = EXPERIMENTS["in_resnet"]
    for columns in (("row",), ("row", "noise_free_acc_mean_pct")):
        with pytest.raises(SuiteError, match=r"t\.csv has no column of a perturbation: add one"):
            measurement_of(experiment, Table("t", columns, ()))


def test_attacks_lower_the_accuracy_of_the_images_chosen():
    network = small_run().build().eval()
    measurement = under_attack("pgd", 30)
    found = measurement.measure(network, IMAGES, CPU)
    assert tuple(found) == measurement.columns
    alone = accuracy(network, IMAGES.test_images[:30], IMAGES.test_labels[:30], CPU)
    assert found[NOISE_FREE] == alone
    assert found["pgd_8/255"] <= alone
    assert measurement.images == 30


def test_only_the_images_chosen_are_attacked():
    """All are recognized, until the others' labels are wrong."""
    network = small_run().build().eval()
    with torch.no_grad():
        guesses = network(pixels(IMAGES.test_images)).argmax(1)
    labels = torch.cat([guesses[:10], 9 - guesses[10:]])
    found = under_attack("pgd", 10).measure(network, replace(IMAGES, test_labels=labels), CPU)
    assert found["pgd_1/255"] == accuracy(
        network, IMAGES.test_images[:10], labels[:10], CPU, PGD[0]
    )


def test_disturbances_learn_the_number_of_their_batch():
    """Else all batches would meet the same noise."""
    met = []

    def disturb(_network, inputs, labels, number):
        met.append((number, len(labels)))
        return inputs

    images, labels = IMAGES.test_images, IMAGES.test_labels
    accuracy(small_run().build().eval(), images, labels, CPU, disturb, 20)
    assert met == [(0, 20), (1, 20), (2, 10)]


def test_a_record_counts_only_for_the_measurement_that_it_is_of():
    measurement = under_attack("fgsm", 30)
    values = dict.fromkeys(measurement.columns, 1.0)
    trained = {"weights": {"last_epoch": "a", "best_on_test": "b"}}
    both = {"last_epoch": values, "best_on_test": values}
    record = {"values": both, "images": 30, **trained}
    assert is_of(measurement, record, trained)
    assert not is_of(measurement, None, trained)
    assert not is_of(measurement, {**record, "images": None}, trained)
    assert not is_of(under_attack("pgd", 30), record, trained)
    assert not is_of(measurement, record, {"weights": {"last_epoch": "c", "best_on_test": "b"}})


def test_the_gap_is_between_the_images_as_they_are():
    network = small_run().build().eval()
    found = generalization_gap(network, IMAGES, CPU)
    assert found["gap"] == pytest.approx(found["train"] - found["test"])
    assert found["train"] == accuracy(network, IMAGES.train_images, IMAGES.train_labels, CPU)


def test_noise_is_the_same_for_every_network():
    """The released code's noise depends on the architecture; here only images and batch count."""
    seen = []

    class Recorder(torch.nn.Module):
        def forward(self, inputs):
            seen.append(inputs)
            return torch.zeros(len(inputs), 10)

    for seed in (1, 2):
        torch.manual_seed(seed)
        table = Table("t", ("gauss_sd0.02_acc_mean_pct",), ())
        under_noise(table).measure(Recorder(), IMAGES, CPU)
    assert torch.equal(*seen)


@pytest.mark.parametrize(("weight", "bias"), [(float("nan"), 0.0), (0.0, 0.0), (0.0, float("inf"))])
def test_a_network_without_gradients_withstands_no_attack(weight, bias):
    """An attack that has none to follow moves no pixel; the accuracy is not known then."""
    network = small_run().build().eval()
    with torch.no_grad():
        network.classifier.weight.fill_(weight)
        network.classifier.bias.fill_(bias)
    found = under_attack("pgd", 10).measure(network, IMAGES, CPU)
    assert found.pop(NOISE_FREE) is not None
    assert found == dict.fromkeys(attack.name for attack in PGD)
