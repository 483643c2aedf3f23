"""Arithmetic is checked before it is trusted.

Libraries of kernels have faults: on some processors, in some versions, for some shapes.  Before a
network is trained, a training step and an evaluation of it run in a process of their own, where
every distinct operation is held against float64 (:mod:`~.watch`).  What was found is kept in
scratch (:mod:`~.check`), so a sweep pays once.
"""
