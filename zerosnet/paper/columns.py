"""What columns of accuracies under perturbations are called for people."""

from __future__ import annotations


def column_title(column: str, full: bool = False) -> str:
    """A perturbation as tables call it, ``full`` where several kinds stand side by side."""
    if column.startswith("uniform_"):
        column = column.replace("_m", "_−").replace("_p", "_")
    for long, brief, whole in (
        ("noise_free", "clean", "noise free"),
        ("const_mu", "+", "constant, +"),
        ("uniform_", "U ", "uniform "),
        ("gauss_sd", "δ ", "Gaussian, δ "),
        ("impulse_p", "impulse ", "impulse, p "),
        ("speckle_sd", "speckle ", "speckle, δ "),
        ("shot_n", "shot ", "shot, photons "),
        ("pgd20_", "ε ", "PGD of 20 steps, ε "),
        ("pgd_", "ε ", "PGD, ε "),
        ("fgsm_", "ε ", "FGSM, ε "),
    ):
        column = column.replace(long, whole if full else brief)
    return column.replace("_", " ")
