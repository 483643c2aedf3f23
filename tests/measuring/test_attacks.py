"""Attacks: the library's against a second implementation, and ε in pixels, always."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
import torchattacks
from small import small_images, small_run
from torch import nn
from torch.nn import functional

from zerosnet.data.augmentation import pixels
from zerosnet.data.seeds import seed_for
from zerosnet.experiments.rows import all_tables
from zerosnet.files.errors import SuiteError
from zerosnet.measuring.attacks import FGSM, PGD, Attack, attack_named, attacks_of, check, is_attack

IMAGES = small_images(train=1, test=24)
PIXELS, LABELS = pixels(IMAGES.test_images), IMAGES.test_labels


@pytest.fixture
def network():
    """In float64: the sign of a gradient near 0 is not a matter of rounding."""
    made = small_run().build().double().eval().requires_grad_(False)
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.mul_(1.7)
    return made


def gradient(network, inputs, labels):
    inputs = inputs.detach().requires_grad_()
    functional.cross_entropy(network(inputs), labels).backward()
    return inputs.grad


def fgsm_by_hand(network, inputs, labels, epsilon):
    return (inputs + epsilon * gradient(network, inputs, labels).sign()).clamp(0, 1)


def pgd_by_hand(network, inputs, labels, attack, batch):
    """Madry et al. 2018, eq. (1): projected steps along the sign, from a random start."""
    epsilon = float(attack.epsilon)
    torch.manual_seed(seed_for("attack", attack.name, batch))
    moved = (inputs + torch.empty_like(inputs).uniform_(-epsilon, epsilon)).clamp(0, 1)
    for _ in range(attack.steps):
        moved = moved + epsilon / 4 * gradient(network, moved, labels).sign()
        low, high = (inputs - epsilon).clamp(min=0), (inputs + epsilon).clamp(max=1)
        moved = torch.minimum(torch.maximum(moved, low), high)
    return moved


@pytest.mark.parametrize("attack", FGSM, ids=lambda attack: attack.name)
def test_fgsm_is_what_it_says(network, attack):
    expected = fgsm_by_hand(network, PIXELS.double(), LABELS, float(attack.epsilon))
    assert torch.allclose(attack(network, PIXELS.double(), LABELS, 0), expected, atol=1e-12)


@pytest.mark.parametrize("attack", PGD, ids=lambda attack: attack.name)
def test_pgd_is_what_it_says(network, attack):
    found = attack(network, PIXELS.double(), LABELS, 3)
    expected = pgd_by_hand(network, PIXELS.double(), LABELS, attack, 3)
    assert torch.allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("attack", [*FGSM, *PGD], ids=lambda attack: attack.name)
def test_no_pixel_moves_by_more_than_epsilon(network, attack):
    network = network.float()
    found = attack(network, PIXELS, LABELS, 0)
    assert (found - PIXELS).abs().max() <= float(attack.epsilon) + 1e-6
    assert found.min() >= 0
    assert found.max() <= 1
    assert not torch.equal(found, PIXELS)


def test_a_normalization_that_is_declared_twice_is_caught(network, monkeypatch):
    """The pitfall: an attack told of a normalization that the network makes itself."""
    honest = torchattacks.PGD

    class Declared(honest):
        def __init__(self, model, **arguments):
            super().__init__(model, **arguments)
            self.set_normalization_used(mean=[0.3051], std=[0.2])

    monkeypatch.setattr(torchattacks, "PGD", Declared)
    with pytest.raises(ValueError, match=r"a pixel moved by|adversarial pixels range"):
        PGD[-1](network.float(), PIXELS, LABELS, 0)


def test_stronger_attacks_raise_the_loss(network):
    network = network.float()
    losses = [
        functional.cross_entropy(network(attack(network, PIXELS, LABELS, 0)), LABELS)
        for attack in PGD
    ]
    assert functional.cross_entropy(network(PIXELS), LABELS) < losses[0] < losses[-1]


def test_random_starts_are_the_same_for_every_network_and_leave_others_numbers_alone(network):
    """Zero gradients leave the start as it was."""

    class Blind(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, inputs):
            return inputs.flatten(1)[:, :10] * 0.0 + self.weight

    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = PGD[0](Blind(), PIXELS, LABELS, 0)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(PGD[0](Blind(), PIXELS, LABELS, 0), first)
    assert not torch.equal(PGD[0](Blind(), PIXELS, LABELS, 1), first)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x + 0.11, "a pixel moved by"),
        (lambda x: x * float("nan"), "a pixel moved by"),
        (lambda x: x - 0.05, "adversarial pixels range from -"),
    ],
)
def test_a_broken_attack_is_no_result(change, message):
    clean = torch.full((2, 1, 4, 4), 0.01)
    with pytest.raises(ValueError, match=message):
        check(change(clean), clean, 0.1)


def test_columns_name_attacks(project):
    for attack in (*PGD, *FGSM):
        assert attack_named(attack.name) == attack
    longest = attack_named("pgd20_2/255")
    assert longest == Attack("pgd20_2/255", Fraction(2, 255), 20, Fraction(1, 255))
    columns = all_tables(project)["in_resnet"].columns
    assert [a.name for a in attacks_of(columns)] == [
        *("fgsm_1/255", "fgsm_2/255", "pgd20_1/255", "pgd20_2/255")
    ]
    assert not is_attack("gauss_sd0.04")


def test_an_attack_may_change_a_pixel_by_the_whole_range():
    assert attack_named("fgsm_1").epsilon == 1


@pytest.mark.parametrize("name", ["pgd", "pgd_0", "pgd_2", "pgd_1/0", "cw_1/255", "fgsm_-0.1"])
def test_unknown_attacks_are_refused(name):
    with pytest.raises(SuiteError, match="is unknown: pgd_<ε>, pgd20_<ε> or fgsm_<ε>"):
        attack_named(name)


def test_twenty_steps_of_their_own_size_keep_to_the_ball(network):
    attack = attack_named("pgd20_2/255")
    adversarial = attack(network, PIXELS.double(), LABELS, 0)
    moved = (adversarial - PIXELS).abs().max()
    assert 1.5 / 255 < moved <= 2 / 255 + 1e-6
    with torch.no_grad():
        assert functional.cross_entropy(network(adversarial), LABELS) > functional.cross_entropy(
            network(PIXELS.double()), LABELS
        )
