"""Sweeps on more than one machine: Ray and SLURM decide where a run is trained, nothing else.

Every run is trained by :func:`zerosnet.sweeps.train.train_one`, as on one machine, under the same
lock and in the same folders, which all nodes must see.  So the records are the same whatever
launched them, several launchers may work on one sweep, and a run whose worker, node or launcher
died goes on from its last checkpoint wherever it is started next.
"""
