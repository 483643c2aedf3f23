"""Stages without reported numbers of their own: attacks, growth, neighbours, questions."""

#: Stage → the marker that picks its claims.
STAGES = {
    "figure4_cifar100": "figure4",
    "appendix_pgd": "attacks",
    "appendix_fgsm": "attacks",
    "perturbation_growth": "growth",
    "lm_resnet": "neighbours",
    "in_resnet": "neighbours",
    "activated_gradients": "neighbours",
    "deformation": "neighbours",
    "poly_fractal_rev": "neighbours",
    "trained_coefficients": "neighbours",
    "rescue": "neighbours",
    "smaller_roots": "neighbours",
    "main_effect": "neighbours",
    "roots_or_weights": "neighbours",
    "threshold": "neighbours",
    "random_methods": "neighbours",
    "learning_rate": "neighbours",
    "against_preresnet": "neighbours",
    "scaled_noise": "table6",
    "speed_or_generalization": "neighbours",
}


def test_claim(claim, check):
    check(claim)
