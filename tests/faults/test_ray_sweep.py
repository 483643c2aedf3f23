"""A sweep on a Ray cluster of three nodes, all on this machine: what dies, and what holds."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Thread

import pytest
from launched import Logs, alone, longer_runs, records, train, train_here, until
from processes import is_alive
from small import small_place

from zerosnet.files.errors import SuiteError
from zerosnet.sweeps.launchers.on_ray import train_on_ray
from zerosnet.sweeps.launchers.site import train_at

pytest.importorskip("ray", reason="the extra `cluster` is not installed")

# One process runs all tests of this file, so that they share the cluster.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("ray")]

EPOCHS = 60
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


@pytest.fixture(scope="module")
def three_nodes():
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = Cluster(
        initialize_head=True, connect=False, head_node_args={**NODE, "include_dashboard": False}
    )
    for _ in range(2):
        cluster.add_node(**NODE)
    yield cluster
    cluster.shutdown()


@pytest.fixture
def cluster(three_nodes, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", three_nodes.address)
    return three_nodes


@pytest.fixture
def place(checkout):
    return small_place(checkout)


def node_of(process, cluster):
    """The node whose raylet is the parent of a worker."""
    parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    for node in cluster.list_all_nodes():
        if parent in [info.process.pid for info in node.all_processes["raylet"]]:
            return node
    raise LookupError(process)


def test_a_worker_and_a_node_die_and_the_records_are_those_of_one_machine(
    checkout, tmp_path, cluster, place, capsys, count
):
    runs = longer_runs(checkout, seeds=4, epochs=EPOCHS)
    logs = Logs(checkout, runs)
    hit = []

    def on_another_node():
        for key in logs.under_way(EPOCHS):
            if key != hit[0] and is_alive(logs.process(key)):
                node = node_of(logs.process(key), cluster)
                if node is not cluster.head_node:
                    return key, node
        return None

    def kill():
        hit.append(until(lambda: logs.under_way(EPOCHS))[0])
        os.kill(logs.process(hit[0]), signal.SIGKILL)
        key, node = until(on_another_node)
        cluster.remove_node(node, allow_graceful=False)
        hit.append(key)

    killer = Thread(target=kill)
    killer.start()
    train_on_ray(runs, place)
    killer.join()
    cluster.add_node(**NODE)

    assert len(hit) == 2
    said = capsys.readouterr().err
    for run in runs:
        died = f"seed {run.seed}): its worker or the node died; it goes on from its last" in said
        assert died == (run.key in hit)
        # It went on where it was: no epoch that had a checkpoint was trained again.  (A worker may
        # die between a checkpoint and its line in the log.)
        epochs = logs.epochs(run.key)
        assert epochs == sorted(set(epochs))
        assert epochs[-1] == EPOCHS
        assert len(epochs) >= EPOCHS - died
    found = records(checkout)
    assert len(found) == 4
    assert found == alone(runs, place, tmp_path / "alone")
    count("a worker of a Ray sweep killed", 1, "the epoch under way; all records equal")
    count("a node of a Ray cluster of three lost", 1, "the epoch under way; all records equal")


def test_the_launcher_is_killed_or_stopped_and_what_is_left_goes_on(
    checkout, tmp_path, cluster, place, count
):
    # It takes Ray a second to see that a launcher is gone: on no machine is the run done by then.
    (run,) = runs = longer_runs(checkout, seeds=1, epochs=5 * EPOCHS)
    logs, errors = Logs(checkout, runs), tmp_path / "errors"
    for ends_by in (signal.SIGKILL, signal.SIGTERM):
        before = len(logs.epochs(run.key))
        process = train(errors, "--launcher", "ray")
        until(lambda before=before: len(logs.epochs(run.key)) > before + 1)
        process.send_signal(ends_by)
        process.wait(60)
        assert "Traceback" not in errors.read_text()
        # Nobody trains on for a launcher that is gone.
        until(lambda: not is_alive(logs.process(run.key)), within=30)
        assert not records(checkout)
    assert process.returncode == 130
    assert "interrupted; the same command goes on" in errors.read_text().splitlines()[-1]
    # Here, without Ray: it does not matter who began.
    train_here(runs, place)
    assert records(checkout) == alone(runs, place, tmp_path / "alone")
    # What was trained under one launcher was not trained again under the next.
    epochs = logs.epochs(run.key)
    assert epochs == sorted(set(epochs))
    assert epochs[-1] > before + 1
    count("the launcher of a Ray sweep killed or stopped", 2, "the epochs under way")


def test_a_run_that_needs_more_memory_than_its_gpu_has_fails_alone(
    checkout, cluster, place, capsys, count
):
    runs = longer_runs(checkout, seeds=2, epochs=4)
    cut = runs[0].key

    def out_of_memory(run, place):
        """In the worker: the GPU is full in the third epoch of one run."""
        from zerosnet.training import loop as training

        save = training.save

        def fail(*arguments):
            save(*arguments)
            if run.key == cut and arguments[2].epochs == 2:
                raise training.torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 TiB")

        training.save = fail
        try:
            return train_at(run, place)
        finally:
            training.save = save

    with pytest.raises(SuiteError, match="1 of 2 runs are not trained, as said above"):
        train_on_ray(runs, place, jobs=1, work=out_of_memory)
    assert list(records(checkout)) == [runs[1].key]
    assert "seed 0: out of GPU memory; give each run a larger share" in capsys.readouterr().err
    assert len(list(place.folder(runs[0]).glob("checkpoint-*"))) == 2
    assert not list(place.folder(runs[1]).glob("checkpoint-*"))
    count("a GPU out of memory (injected)", 1, "the epoch under way of that run")


def test_a_run_that_no_node_has_room_for_is_refused(checkout, cluster, place, monkeypatch):
    monkeypatch.setenv("ZEROSNET_CPUS_PER_RUN", "2")
    with pytest.raises(SuiteError, match="no node of the Ray cluster has 2 cores for a run"):
        train_on_ray(longer_runs(checkout, seeds=1, epochs=1), place)
