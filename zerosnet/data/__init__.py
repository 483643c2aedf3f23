"""Images: which data sets there are, how to get them, and how they come to the device.

Here also: augmentation, perturbation, and the seeds from which all random numbers come.
Uses: `files`.  Used by: training, experiments, measuring, sweeps.
"""
