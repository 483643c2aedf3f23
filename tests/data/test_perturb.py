"""Noise: in pixel space, clipped, the same for every network."""

from __future__ import annotations

import pytest
import torch

from zerosnet.data.perturb import perturbation_named, perturbations_of
from zerosnet.data.seeds import generator_for
from zerosnet.experiments.rows import paper_tables
from zerosnet.files.errors import SuiteError

GREY = torch.full((50, 3, 16, 16), 0.5)
NAMES = [
    *("uniform_m0.08_0", "gauss_sd0.04", "const_mu0.3", "noise_free"),
    *("impulse_p0.03", "speckle_sd0.12", "shot_n100"),
]


def test_table_6_names_its_noises(project):
    columns = paper_tables(project)["table06_robustness_cifar10_56layer"].columns
    found = [(p.kind, p.low, p.high) for p in perturbations_of(columns)]
    assert found == [
        ("none", 0, 0),
        ("uniform", -0.08, 0),
        ("uniform", 0, 0.08),
        ("gauss", 0, 0.01),
        ("gauss", 0, 0.02),
        ("gauss", 0, 0.04),
        ("const", 0, 0.3),
    ]


def test_uniform_noise_fills_its_interval():
    noise = perturbation_named("uniform_m0.08_0")(GREY, 0) - GREY
    assert -0.08 <= noise.min() < -0.0799
    assert -0.0001 < noise.max() <= 0
    assert noise.mean() == pytest.approx(-0.04, abs=1e-3)
    assert noise.std() == pytest.approx(0.08 / 12**0.5, rel=0.02)


def test_gaussian_noise_has_its_standard_deviation():
    noise = perturbation_named("gauss_sd0.04")(GREY, 0) - GREY
    assert noise.mean() == pytest.approx(0, abs=1e-3)
    assert noise.std() == pytest.approx(0.04, rel=0.02)


def test_impulses_strike_their_share_of_the_values_half_each_way():
    struck = perturbation_named("impulse_p0.03")(GREY, 0)
    assert set(struck.unique().tolist()) == {0.0, 0.5, 1.0}
    for value in (0.0, 1.0):
        assert (struck == value).double().mean() == pytest.approx(0.015, rel=0.15)


def test_speckle_grows_with_the_pixel():
    name = perturbation_named("speckle_sd0.12")
    assert (name(GREY, 0) - GREY).std() == pytest.approx(0.06, rel=0.02)
    assert (name(GREY / 2, 0) - GREY / 2).std() == pytest.approx(0.03, rel=0.02)
    assert not name(0 * GREY, 0).any()


def test_shot_noise_counts_photons():
    counted = perturbation_named("shot_n100")(GREY, 0)
    assert torch.allclose((counted * 100).round(), counted * 100, atol=1e-4)
    assert counted.mean() == pytest.approx(0.5, abs=2e-3)
    assert counted.std() == pytest.approx((0.5 / 100) ** 0.5, rel=0.02)
    # The same photons in whatever layout the pixels lie.
    again = perturbation_named("shot_n100")(GREY.to(memory_format=torch.channels_last), 0)
    assert torch.equal(counted, again)


def test_constant_noise_moves_every_pixel_alike():
    torch.testing.assert_close(perturbation_named("const_mu0.3")(GREY, 0), GREY + 0.3)


@pytest.mark.parametrize("name", NAMES)
def test_pixels_stay_pixels_and_the_images_stay_as_they_were(name):
    images = torch.rand(4, 3, 8, 8)
    before = images.clone()
    perturbed = perturbation_named(name)(images, 1)
    assert perturbed.min() >= 0
    assert perturbed.max() <= 1
    assert torch.equal(images, before)


def test_noise_depends_on_the_noise_and_the_batch_alone():
    gauss = perturbation_named("gauss_sd0.01")
    torch.manual_seed(1)
    first = gauss(GREY, 0)
    torch.manual_seed(2)
    assert torch.equal(gauss(GREY, 0), first)
    assert not torch.equal(gauss(GREY, 1), first)
    doubled = (perturbation_named("gauss_sd0.02")(GREY, 0) - GREY) / 2
    assert not torch.allclose(doubled, first - GREY, atol=1e-4)


def test_the_papers_seed_is_the_noises():
    """Section 5.3: 1, for uniform and for Gaussian noise."""
    for name, draw, scale in (
        ("gauss_sd0.01", torch.randn, 0.01),
        ("uniform_0_0.08", torch.rand, 0.08),
    ):
        noise = draw(GREY.shape, generator=generator_for("noise", 1, name, 2))
        assert torch.equal(perturbation_named(name)(GREY, 2), GREY + scale * noise)


def test_noise_does_not_depend_on_the_memory_layout():
    gauss = perturbation_named("gauss_sd0.01")
    laid_out = GREY.to(memory_format=torch.channels_last)
    assert torch.equal(gauss(GREY, 0), gauss(laid_out, 0))


@pytest.mark.parametrize(
    "name",
    [
        *("salt", "uniform_0.1_0", "gauss_sd", "gauss_sd-1", "const_mu0.3.1", ""),
        *("gauss_sdm0.1", "gauss_sd0", "impulse_p1.5", "shot_n0"),
    ],
)
def test_unknown_noises_are_refused(name):
    with pytest.raises(SuiteError, match="is unknown"):
        perturbation_named(name)
