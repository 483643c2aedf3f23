"""Names of what is measured of a trained network; who judges it needs no network."""

from __future__ import annotations

#: Accuracies in percent on the images without augmentation, and their difference.
GAP_COLUMNS = ("train", "test", "gap")
#: Test accuracy in percent, and log10 of the largest curvature of the plain loss.
SHARPNESS_COLUMNS = ("test", "sharpness")
#: Powers of ten by which a perturbation grows (:mod:`zerosnet.measuring.growth`).
GROWTH_STAGES = ("stage_1", "stage_2", "stage_3")
RELATIVE = "relative"
GROWTH_COLUMNS = (*GROWTH_STAGES, RELATIVE)
#: Percent of the blocks whose method is zero-stable; the lowest, mean and highest parameter.
COEFFICIENT_COLUMNS = ("inside", "lowest", "mean", "highest")
