"""Interruptions wait until what must not be left in the middle is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from zerosnet.files.interrupts import interrupts_held_back


@pytest.fixture
def terminated():
    """SIGTERM raises, as it does in long work; SIGINT also where tests run in the background."""

    def stop(_number, _frame):
        raise SystemExit("terminated")

    before = signal.signal(signal.SIGTERM, stop)
    before_too = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)
    signal.signal(signal.SIGINT, before_too)


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_waits_for_the_end_of_the_block(terminated, number, raised):
    done = []

    def work():
        with interrupts_held_back():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            done.append("all of it")

    with pytest.raises(raised):
        work()
    assert done == ["all of it"]
    with pytest.raises(raised):  # and the handlers are back
        os.kill(os.getpid(), number)


def test_without_a_signal_nothing_happens(terminated):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interrupts_held_back():
        pass
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before
    with pytest.raises(ValueError, match="its own"), interrupts_held_back():
        raise ValueError("its own")
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_thread_that_handles_no_signals_runs_as_it_is():
    done = []

    def work():
        with interrupts_held_back():
            done.append(threading.current_thread().name)

    thread = threading.Thread(target=work, name="another")
    thread.start()
    thread.join()
    assert done == ["another"]


#: Interrupts itself while the optimizer loads what it loads the first time.
_INTERRUPTED = """
import os, signal, sys, torch
from zerosnet.training.recipe import Recipe
from zerosnet.training.steps import optimizer_of
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
sys.path.insert(0, "tests")
from small import small_run

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "torch._dynamo":
            print("loads", flush=True)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
try:
    optimizer = optimizer_of(torch.nn.Linear(2, 2), small_run().recipe)
except KeyboardInterrupt:
    print("interrupted", "torch._dynamo.eval_frame" in sys.modules)
"""


def test_an_optimizer_that_loads_its_libraries_is_not_left_in_the_middle(project):
    """What it loads is compiled and ends the process where Python raises within."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["loads", "interrupted True"]


#: Is sent a signal while PyTorch loads numpy from C++, which drops exceptions.
_LOADING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from zerosnet.commands.shared import load_torch, stop_like_ctrl_c_when_terminated
stop_like_ctrl_c_when_terminated()

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy.linalg":
            print("loads", flush=True)
            os.kill(os.getpid(), signal.{number})

sys.meta_path.insert(0, Finder())
try:
    load_torch()
except KeyboardInterrupt:
    print("interrupted", "torch.nn" in sys.modules)
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_interruption_while_torch_is_loaded_is_kept(project, number):
    done = subprocess.run(
        [sys.executable, "-c", _LOADING.replace("{number}", number)],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["loads", "interrupted True"]
    assert done.stderr == ""


def test_ctrl_c_while_the_command_line_is_loaded_leaves_no_traceback(project):
    program = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "zerosnet.commands.training":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
import zerosnet.__main__
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")
