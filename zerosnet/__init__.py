"""A reproducibility suite for *Zero Stability Well Predicts Performance of CNNs* (AAAI 2022).

A residual network is an explicit linear multistep method on a learned vector field
(:mod:`zerosnet.methods.multistep`).  The suite derives runs from the paper's tables, trains and
measures them, and says of every claim what holds.

Folders stand in the order in which data flow: files, methods, paper, theory, data, networks,
training, experiments, measuring, sweeps, judging, reporting, commands.  Importing this package
imports neither torch nor dvc.
"""

__version__ = "0.1.0"
