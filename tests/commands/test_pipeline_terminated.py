"""A pipeline that a batch system ends: its stages end, too."""

from __future__ import annotations

import signal
import subprocess
import sys


def test_terminating_a_pipeline_ends_the_stage_at_work(tmp_path):
    """DVC ignores interruptions while a stage runs, and SIGTERM reaches one process alone."""
    (tmp_path / "dvc.py").write_text(
        """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
stage = subprocess.Popen([sys.executable, "stage.py"])
sys.exit(5 if stage.wait() else 0)
"""
    )
    (tmp_path / "stage.py").write_text(
        """
import time
from zerosnet.commands.shared import stop_like_ctrl_c_when_terminated

stop_like_ctrl_c_when_terminated()
print("at work", flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("ended", flush=True)
    raise SystemExit(130)
"""
    )
    program = """
import sys
from pathlib import Path
from types import SimpleNamespace
from zerosnet.commands import pipeline
from zerosnet.commands.shared import stop_like_ctrl_c_when_terminated

stop_like_ctrl_c_when_terminated()
try:
    pipeline._dvc(Path(sys.argv[1]), SimpleNamespace(descriptors=()), "repro")
except KeyboardInterrupt:
    sys.exit(130)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        # As a shell starts what it runs in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert process.stdout.readline() == "at work\n"
    process.terminate()
    said, _ = process.communicate(timeout=50)
    assert said == "ended\n"
    assert process.returncode == 130
