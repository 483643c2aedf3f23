"""Training in bfloat16 on a CPU, with fewer passes over memory than the framework makes.

The networks are small: what their layers between convolutions cost is reading, rounding and
writing.  ``passes.c`` does a batch norm with its ReLU, and a step's combination of states, in as
many passes as the arithmetic needs; :mod:`~zerosnet.networks.fused.library` compiles it where a C
compiler is at hand, and everything runs as the framework does it where none is.
"""
