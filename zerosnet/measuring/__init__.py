"""What is measured of trained networks: noise, attacks, growth, sharpness, runtime, coefficients.

Uses: `experiments`, `training`, `networks`, `data`.  Used by: sweeps.
"""
