"""Arithmetic is checked before it is trusted: faults, known ones and made ones, are found."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch
from small import small_run

from zerosnet.experiments.planned import distinct_runs
from zerosnet.experiments.profiles import load_profile
from zerosnet.experiments.rows import plan_stage
from zerosnet.experiments.trained_stages import EXPERIMENTS, IMAGENET_STAGE
from zerosnet.files.errors import SuiteError
from zerosnet.methods.families import LM, LM_RESNET, PRERESNET
from zerosnet.networks.architecture import Architecture
from zerosnet.sweeps.arithmetic import subjects_of
from zerosnet.training.arithmetic import watch
from zerosnet.training.arithmetic.check import FOLDER_VARIABLE, check
from zerosnet.training.arithmetic.machine import has_bfloat16_units, onednn_version
from zerosnet.training.arithmetic.subjects import subject_of
from zerosnet.training.arithmetic.watch import Watch, WrongOperation
from zerosnet.training.imagenet.images import shards_of

#: The program that examines, with a fault in what runs the operations.
FAULTY = """
import os, signal
import torch
from zerosnet.training.arithmetic import child, watch
right = watch.call
def call(func, args, kwargs):
    name, first = str(func), args[0] if isinstance(args[0], torch.Tensor) else torch.empty(0)
    out = right(func, args, kwargs)
    channels_last = first.dim() == 4 and first.stride(1) == 1
    {fault}
    return out
watch.call = call
child.main()
"""


def program(fault):
    return sys.executable, "-c", FAULTY.format(fault=fault)


def subject(width=8, threads=1, **recipe):
    run = small_run(**recipe)
    return subject_of(replace(run, architecture=replace(run.architecture, width=width)), threads)


@pytest.fixture(autouse=True)
def _nothing_known(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "found"))


def watched(work):
    """What is found of the operations of some work, in this process."""
    begun, found = [], []
    try:
        with Watch(begun.append, found.append):
            work()
    except WrongOperation:
        assert found[-1].trouble
    assert begun == [finding.operation for finding in found]
    return found


def broken(monkeypatch, name, fault):
    """Let operations of a name give what ``fault`` makes of the result and the number of calls."""
    right, calls = watch.call, []

    def call(func, args, kwargs):
        out = right(func, args, kwargs)
        if func._schema.name == f"aten::{name}":
            calls.append(name)
            return fault(out, len(calls))
        return out

    monkeypatch.setattr(watch, "call", call)


def one_convolution():
    images, weights = torch.randn(2, 8, 5, 5), torch.randn(8, 8, 3, 3)
    torch.nn.functional.conv2d(images, weights)


def test_a_right_network_is_examined_whole():
    one = subject()
    found = watched(one.prepare("channels_last"))
    assert not any(finding.trouble for finding in found)
    names = {finding.operation.partition(" ")[0] for finding in found}
    assert names >= {
        *("convolution", "convolution_backward", "native_batch_norm", "addmm", "mean"),
        *("native_batch_norm_backward", "nll_loss_forward", "nll_loss_backward", "_fused_sgd_"),
        *("relu_", "threshold_backward", "add_", "mul"),
    }
    titles = {finding.operation for finding in found}
    assert "convolution_backward 16×8×8×8, 8×8×3×3, stride 1" in titles
    assert "convolution_backward 12×16×4×4, 12×8×8×8, 16×8×1×1, stride 2" in titles  # epoch's last
    assert all(finding.precision == "float32" for finding in found)


@pytest.mark.parametrize("layout", ["channels_last", "contiguous"])
def test_states_lie_as_they_should(layout, monkeypatch):
    seen = set()

    def call(func, args, kwargs):
        if "convolution" in func._schema.name:
            images = args[1] if "backward" in func._schema.name else args[0]
            seen.add(images.stride(1) == 1)
        return func(*args, **kwargs)

    monkeypatch.setattr(watch, "call", call)
    watched(subject().prepare(layout))
    assert seen == {layout == "channels_last"}


def test_bfloat16_is_examined_by_its_own_measure():
    found = watched(subject(precision="bfloat16").prepare("channels_last"))
    assert not any(finding.trouble for finding in found)
    rounded = [finding for finding in found if finding.operation.startswith("convolution")]
    assert {finding.precision for finding in rounded} == {"bfloat16"}
    assert max(finding.error for finding in rounded) > watch.TOLERANCES["float32"]


def test_an_operation_made_wrong_is_found(monkeypatch):
    def one_element(out, _calls):
        out.view(-1)[7] += out.abs().max() / 10  # as little as wrong kernels are off by
        return out

    broken(monkeypatch, "convolution", one_element)
    (finding,) = watched(one_convolution)[-1:]
    assert "is off by" in finding.trouble
    assert finding.operation == "convolution 2×8×5×5, 8×8×3×3, stride 1"


def test_an_operation_that_is_wrong_the_second_time_is_found(monkeypatch):
    broken(monkeypatch, "convolution", lambda out, calls: out * 1.1 if calls == 2 else out)
    assert "is off by" in watched(one_convolution)[-1].trouble


def test_an_operation_that_gives_no_number_is_found(monkeypatch):
    broken(monkeypatch, "convolution", lambda out, _calls: out * float("nan"))
    assert watched(one_convolution)[-1].error == float("inf")


def test_an_operation_that_is_right_but_not_repeatable_is_found(monkeypatch):
    broken(monkeypatch, "convolution", lambda out, calls: out * (1 + 1e-6 * (calls % 2)))
    finding = watched(one_convolution)[-1]
    assert finding.error < watch.TOLERANCES["float32"]
    assert finding.trouble == "gives other bits each time"


@pytest.mark.parametrize("count", [128, 500, 1000])
@pytest.mark.parametrize(
    "wrong",
    [
        lambda place, _count: place % 32 != 0,
        lambda place, count: place >= count - 7,
        lambda place, _count: place % 16 >= 8,
        lambda place, _count: place % 32 == 31,
        lambda place, count: place == count // 2 - 1,
    ],
    ids=["but each 32nd", "last 7", "half of each 16", "each 32nd", "one"],
)
def test_images_made_wrong_are_found_wherever_they_are(wrong, count, monkeypatch):
    """Kernels have blocks and tails of 2, 4, 8, 16, 32 images, and threads a part each."""

    def some_negated(out, _calls):
        places = wrong(torch.arange(count), count)
        return torch.where(places[:, None, None, None], -out, out)

    broken(monkeypatch, "convolution", some_negated)
    images, weights = torch.randn(count, 8, 4, 4), torch.randn(8, 8, 3, 3)
    finding = watched(lambda: torch.nn.functional.conv2d(images, weights))[-1]
    assert finding.operation == f"convolution {count}×8×4×4, 8×8×3×3, stride 1"
    assert "is off by" in finding.trouble


@pytest.mark.parametrize("block", [4, 32, 128])
def test_images_taken_out_of_another_block_are_found(block, monkeypatch):
    broken(monkeypatch, "convolution", lambda out, _calls: torch.roll(out, block, 0))
    images, weights = torch.randn(1000, 8, 4, 4), torch.randn(8, 8, 3, 3)
    assert "is off by" in watched(lambda: torch.nn.functional.conv2d(images, weights))[-1].trouble


def test_many_images_lie_in_memory_as_they_did(monkeypatch):
    """Strides choose kernels."""
    images = torch.randn(1000, 8, 4, 4)
    expected = [
        images,
        images.to(memory_format=torch.channels_last),
        images[:, ::2, :, 1:],
        images[:, :, :1, :1].expand(-1, -1, 4, 4),
        images[:1].expand(1000, -1, -1, -1),
    ]
    seen = []

    def call(func, args, kwargs):
        seen.append((args[0].shape, args[0].stride()))
        return func(*args, **kwargs)

    monkeypatch.setattr(watch, "call", call)
    found = watched(lambda: [given * 3 for given in expected])
    assert len(found) == len(expected)
    assert not any(finding.trouble for finding in found)
    assert [*dict.fromkeys(seen)] == [(given.shape, given.stride()) for given in expected]


def test_as_many_channels_as_images_are_no_images():
    images, weights = torch.randn(256, 8, 2, 2), torch.randn(256, 8, 1, 1)
    vectors = torch.randn(256, 256)

    def work():
        torch.nn.functional.conv2d(images, weights)
        torch.mm(vectors, vectors)
        torch.nn.functional.cross_entropy(vectors, torch.arange(256))
        torch.nn.functional.batch_norm(images, None, None, training=True)

    found = watched(work)
    assert len(found) >= 4
    assert not any(finding.trouble for finding in found)


def test_a_sum_that_cancels_is_held_against_its_terms(monkeypatch):
    half = torch.randn(64, 64, 4, 4, generator=torch.Generator().manual_seed(0)).bfloat16()
    terms = torch.cat((half, -half))  # the sum is 0, the terms' size is 362
    broken(monkeypatch, "sum", lambda out, _calls: out + 1)
    assert watched(terms.sum)[-1].trouble == ""
    broken(monkeypatch, "sum", lambda out, _calls: out + 100)
    assert "is off by" in watched(terms.sum)[-1].trouble


def test_a_wrong_running_statistic_is_found(monkeypatch):
    norm = torch.nn.BatchNorm2d(8)
    right = watch.call

    def call(func, args, kwargs):
        out = right(func, args, kwargs)
        if "batch_norm" in func._schema.name:
            args[3].mul_(2)  # running mean
        return out

    monkeypatch.setattr(watch, "call", call)
    found = watched(lambda: norm(torch.randn(4, 8, 5, 5) + 3))
    assert found[-1].operation.startswith("native_batch_norm")
    assert "is off by" in found[-1].trouble


def test_a_network_that_is_wrong_in_one_layout_gets_the_next():
    fault = "if 'relu' in name and channels_last: out.mul_(1.01)"
    (found,) = check([subject()], program(fault))
    assert found.layout == "contiguous"
    assert found.refused == ""
    assert "wrong in channels_last (relu_ 16×8×8×8 is off by 0.01 of its result)" in (
        found.for_record()
    )
    # It is on record now: no program is started.
    (again,) = check([subject()], ("no such program",))
    assert again == found


@pytest.mark.long
def test_a_network_that_is_wrong_in_all_is_refused_and_others_are_not():
    fault = "if name == 'aten.mean.dim' and len(args[0]) == 15: out.add_(1)"
    right, wrong = subject(), subject(batch=15)
    found = check([wrong, right], program(fault))
    assert [one.refused == "" for one in found] == [False, True]
    assert found[1].layout == "channels_last"
    assert f"torch {torch.__version__}, oneDNN {onednn_version()}" in found[0].refused
    assert "in contiguous (mean 15×32×2×2 is off by" in found[0].refused
    assert "\n" not in found[0].refused


def test_what_libraries_print_is_no_finding(monkeypatch):
    """With ONEDNN_VERBOSE oneDNN prints a line for each of its operations; so may others."""
    monkeypatch.setenv("ONEDNN_VERBOSE", "1")
    (found,) = check([subject()], program("os.write(1, b'printed\\n')"))
    assert found.refused == ""
    assert "operations right" in found.for_record()


def test_an_operation_that_ends_its_process_is_found():
    (found,) = check([subject()], program("if 'addmm' in name: os.abort()"))
    assert "in channels_last (SIGABRT ends the process at addmm 10, 16×32, 32×10)" in found.refused


@pytest.mark.long
def test_what_ends_the_process_of_many_is_found_one_by_one():
    fault = "if name == 'aten.mean.dim' and len(args[0]) == 15 and channels_last: os.abort()"
    found = check([subject(), subject(batch=15)], program(fault))
    assert [one.layout for one in found] == ["channels_last", "contiguous"]


@pytest.mark.long
def test_a_process_that_is_ended_from_outside_is_no_finding():
    with pytest.raises(SuiteError, match="the check of the arithmetic ended with status -9"):
        check([subject()], program("os.kill(os.getpid(), signal.SIGKILL)"))
    with pytest.raises(SuiteError, match=r"ended with status 1 .*no room"):
        check([subject()], program("raise MemoryError('no room')"))


def test_what_was_found_is_kept_by_what_it_depends_on(tmp_path):
    one = subject()
    others = (
        *(subject(width=16), subject(threads=2), subject(precision="bfloat16")),
        *(subject(batch=8), subject(nesterov=True)),
    )
    assert len({one.key, *(other.key for other in others)}) == 6
    assert subject(learning_rate=0.5).key == one.key


def test_coefficients_count_where_they_cost_an_operation():
    def key(method, depth=20):
        run = replace(small_run(), architecture=Architecture(method, depth, width=8))
        return subject_of(run, 1).key

    assert key(LM.at("1/3")) == key(LM.at("1/4"))
    assert key(LM.at("1/3")) != key(LM.at(1))
    assert key(PRERESNET, 56) == key(PRERESNET, 110)
    assert key(LM_RESNET) != key(LM.at("1/3"))


def test_all_numbers_of_images_that_a_run_meets_count():
    """Of a step, of the test images, of those held out, and of its own that it looks at again."""
    run = small_run(batch=128)
    data = replace(run.data, train=1300, test=200)
    assert subject_of(replace(run, data=data), 1).evaluated == (200,)
    one = subject_of(replace(run, data=replace(data, held_out=1100)), 1)
    assert one.batches == (128, 20)
    assert one.evaluated == (200, 1000, 100, 300)


@pytest.fixture
def on_imagenet(project):
    (row, *_) = plan_stage(IMAGENET_STAGE, load_profile(project / "params.yaml", "smoke"), project)
    return row.runs[0]


@pytest.mark.parametrize("train", [200, 8 * 16, 8 * 16 + 7, 5 * 8 * 16 + 21, 3 * 8 * 16 + 24])
@pytest.mark.parametrize("processes", [1, 2, 8])
def test_all_numbers_of_images_of_a_shard_and_a_process_count(on_imagenet, train, processes):
    recipe = replace(on_imagenet.recipe, batch=16)
    data = replace(on_imagenet.data, train=train, test=2059)
    one = subject_of(replace(on_imagenet, recipe=recipe, data=data), 1, processes)
    steps = shards_of(range(train), recipe, range(recipe.shards))
    assert set(one.batches) == {len(shard) for step in steps for shard in step}
    looks = [range(2059)[rank::processes] for rank in range(processes)]
    sizes = {len(look[at : at + 256]) for look in looks for at in range(0, len(look), 256)}
    assert set(one.evaluated) == sizes


def test_weight_decay_on_imagenet_is_examined_for_what_it_decays(on_imagenet):
    """Matrices, and vectors where the recipe says so; a gradient and its decay are added."""

    def decayed(**changes):
        recipe = replace(on_imagenet.recipe, precision="float32", **changes)
        one = subject_of(replace(on_imagenet, recipe=recipe), 1)
        titles = {finding.operation for finding in watched(one.prepare("channels_last"))}
        return one.key, {title for title in titles if title in ("add 10×64", "add 64")}

    usual, both, none = (
        decayed(),
        decayed(decay_norm_and_bias=True),
        decayed(weight_decay=0.0),
    )
    assert [usual[1], both[1], none[1]] == [{"add 10×64"}, {"add 10×64", "add 64"}, set()]
    assert len({usual[0], both[0], none[0]}) == 3


@pytest.mark.long
def test_a_damaged_file_is_checked_anew(tmp_path):
    (found,) = check([subject()])
    (path,) = (tmp_path / "found").glob("*.json")
    path.write_text(path.read_text().replace("convolution", "revolution"))
    assert check([subject()]) == [found]


@pytest.mark.long
def test_the_known_fault_is_found_or_mended(monkeypatch):
    """uxlfoundation/oneDNN#6035: on AVX2, in channels_last, the gradient of the weights of a 1×1
    convolution of stride 2 from 4 to 8 channels is wrong, and memory is damaged."""
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        pytest.skip("the fault is of processors that have AVX2")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    (found,) = check([subject(width=4)])  # in a process of its own, which takes these words
    first, last = found.examined[0], found.examined[-1]
    at = "convolution_backward 16×8×4×4, 16×4×8×8, 8×4×1×1, stride 2"
    if onednn_version() == "3.13.3":
        assert at in first.trouble
        assert found.layout == "contiguous"
    else:
        assert first.trouble == "" or at in first.trouble
    assert not last.trouble
    assert at in {finding.operation for finding in last.findings}


def test_a_processor_that_must_not_use_its_units_has_none(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": False})
    assert not has_bfloat16_units()


@pytest.mark.long
@pytest.mark.parametrize("profile", ["smoke", "mini"])
def test_every_network_of_every_table_is_right(profile, project):
    """On this machine; where one is not, the suite trains it otherwise or refuses it."""
    chosen = load_profile(project / "params.yaml", profile)
    runs = distinct_runs(row for stage in EXPERIMENTS for row in plan_stage(stage, chosen, project))
    distinct = {subject.key: subject for subject in subjects_of(runs)}
    for subject, found in zip(distinct.values(), check([*distinct.values()]), strict=True):
        assert not found.refused, subject
        assert found.layout == "channels_last", found.for_record()
