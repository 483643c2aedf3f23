"""``python -m zerosnet.training.arithmetic.child``: examine subjects, and say so line by line.

Standard input: a pickled list of jobs, (subject, layout).  Standard output: a JSON object a line:
``{"begun": operation}``, ``{"found": finding}`` or ``{"done": job}``.  The first wrong operation
ends the process: what comes after it means nothing.  A kernel that ends the process leaves the
operation that it was at as the last one begun.  What libraries print on standard output, as oneDNN
does with ``ONEDNN_VERBOSE``, goes to standard error.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from typing import Any, TextIO

import torch

from zerosnet.training.arithmetic.watch import Finding, Signature, Watch, WrongOperation


def main() -> None:
    """Read, examine, write."""
    jobs = pickle.loads(sys.stdin.buffer.read())
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # What was found of an operation holds for all networks with as many threads.
    known: dict[int, dict[Signature, Finding]] = {}
    for number, (subject, layout) in enumerate(jobs):
        torch.set_num_threads(subject.threads)
        work = subject.prepare(layout)
        watch = Watch(
            lambda operation: _write(said, begun=operation),
            lambda finding: _write(said, found=finding.to_json()),
            known.setdefault(subject.threads, {}),
        )
        try:
            with watch:
                work()
        except WrongOperation:
            os._exit(0)  # it has been written; memory may be damaged
        _write(said, done=number)


def _write(said: TextIO, **line: Any) -> None:
    said.write(json.dumps(line) + "\n")
    said.flush()


if __name__ == "__main__":
    main()
