"""Every operation that runs inside :class:`Watch` is held against float64, once for each shape.

What is watched are the framework's operations with the tensors that a step hands them: real shapes,
layouts, precisions, every image's place, forward and backward.  Each runs several times, so that
one that gives other bits the second time is found, too.

How wrong is wrong: the largest error of an element, relative to the largest element.  A float32
result is a sum of up to 2²⁰ products (a weight's gradient over a batch); with roundings of 2⁻²⁴
that add up at random, as they do, its error is about 2⁻²⁴ · 2¹⁰ = 2⁻¹⁴ even if summed in the worst
order; 4 times as much is allowed.  A result that is rounded to bfloat16 is off by 2⁻⁹ at most; 8
times as much is for intermediate results that are rounded, too.  Where terms cancel, the error is
held against their own size, told by what a rounding of each does to the exact result.  Wrong
kernels are off by a tenth and more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

TOLERANCES = {"float32": 2.0**-12, "bfloat16": 2.0**-6}
_UNITS = {"float32": 2.0**-24, "bfloat16": 2.0**-9}
#: Roundings that are drawn; of one alone, chance may leave nothing.
_ROUNDINGS = 4
#: Runs of each operation: the least, the most, and how many seconds those after the least may take.
#: A fault that depends on what memory happens to hold shows in some runs only.
_LEAST, _MOST, _SECONDS = 2, 8, 0.003
#: An operation that treats each of ``_MANY`` or more images by itself is given the first ``_FEW``,
#: repeated until all places are filled; then only these few are computed in float64.  Kernels work
#: on blocks of 2, 4, 8, … images.  Few is odd, so that one that takes an image from another block
#: takes a different image, which shows.
_MANY, _FEW = 256, 31
Signature = tuple[Any, ...]
#: Makes another tensor of one of many images, and leaves everything else as it is.
Part = Callable[[Any], Any]
#: Operations that compute nothing.
_NO_ARITHMETIC = ("empty", "new_empty", "detach", "view", "_unsafe_view", "alias", "as_strided")


@dataclass(frozen=True)
class Finding:
    """What was found of one operation.

    Args:
        operation: its name and the shapes of its tensors, for people.
        precision: of the result: ``float32`` or ``bfloat16``.
        error: the largest relative error of all results in all runs; infinite where a result that
            must be finite is not.
        same: whether all runs gave the same bits.
    """

    operation: str
    precision: str
    error: float
    same: bool

    @property
    def trouble(self) -> str:
        """What is wrong with it; empty where nothing is."""
        if not self.error <= TOLERANCES[self.precision]:
            return f"is off by {self.error:.2g} of its result"
        return "" if self.same else "gives other bits each time"

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file; JSON has no infinity."""
        return {**asdict(self), "error": min(self.error, 1e300)}


class WrongOperation(Exception):  # noqa: N818 - it ends a watched step, and is no error of ours
    """Something is wrong with the operation found last; what comes after it means nothing."""


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A context in which an operation is examined when it first meets a kind of tensors.

    A kind is what may choose another kernel: shapes, layouts in memory and precisions.

    Args:
        begin: called with the operation before it runs for the first time: it may not come back.
        found: called with what was found.
        known: signatures → what was found of them before.

    Raises:
        WrongOperation: from the operation, inside the context.
    """

    def __init__(
        self,
        begin: Callable[[str], None],
        found: Callable[[Finding], None],
        known: dict[Signature, Finding] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._begin, self._found = begin, found
        self._known = {} if known is None else known
        self._met: set[Signature] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if _computes(func):
            signature = _signature(func, args, kwargs)
            if signature not in self._met:
                self._met.add(signature)
                if _floats((args, kwargs)):
                    self._meet(signature, func, args, kwargs)
        return func(*args, **kwargs)

    def _meet(self, signature: Signature, func: Any, args: tuple[Any, ...], kwargs: Any) -> None:
        finding = self._known.get(signature)
        title = _title(func, args, kwargs) if finding is None else finding.operation
        self._begin(title)
        if finding is None:
            with torch.no_grad():
                finding = self._known[signature] = examine(func, args, kwargs, title)
        self._found(finding)
        if finding.trouble:
            raise WrongOperation


def call(func: Any, args: Any, kwargs: Any) -> Any:
    """Run an operation: the one place where the kernels under examination are called."""
    return func(*args, **kwargs)


def examine(func: Any, args: tuple[Any, ...], kwargs: Any, title: str) -> Finding:
    """Run an operation several times, and once in float64.

    Where it treats each of many images by itself, as an evaluation does, only a few are computed in
    float64, and the result in every place is held against one of these (``_MANY``, ``_FEW``).

    Args:
        func: an operation of the framework, with its arguments ``args`` and ``kwargs``.
        title: the operation and its shapes, for people.
    """
    count = max((len(t) for t in _tensors((args, kwargs)) if t.dim() > 1), default=0)
    return _examine(func, args, kwargs, title, count if count >= _MANY else 0)


def _examine(func: Any, args: Any, kwargs: Any, title: str, count: int) -> Finding:
    """As :func:`examine`.

    Args:
        count: how many images are replaced by a few that are repeated; 0: none are.
    """
    # What it writes into, it is given a copy of.
    writes = func._schema.is_mutable or "batch_norm" in func._schema.name
    copied = _copied if writes else _itself
    part, fill = _of_images(count) if count else (_itself, _itself)
    exact = _exactly(func, args, kwargs, part, writes)
    if count and not (exact and all(e.dim() > 1 and len(e) == _FEW for e in exact)):
        return _examine(func, args, kwargs, title, 0)  # it does not go by images
    filled = tree_map(fill, (args, kwargs))
    first: list[Tensor] = []
    off = [0.0] * len(exact)
    same, runs = True, 0
    start = time.monotonic()
    while runs < _LEAST or (runs < _MOST and time.monotonic() - start < _SECONDS):
        own_args, own_kwargs = tree_map(copied, filled)
        out = call(func, own_args, own_kwargs)
        found = _floats((out, own_args, own_kwargs) if writes else out)
        if not runs:
            if count and not all(map(_fills, exact, found)):
                return _examine(func, args, kwargs, title, 0)
            first = found
            start = time.monotonic()
        if not runs or not all(map(_equal, found, first)):
            same = not runs
            off = [max(o, _off(f, e)) for o, f, e in zip(off, found, exact, strict=True)]
        runs += 1
    narrow = any(t.dtype != torch.float32 for t in [*first, *_floats((args, kwargs))])
    precision = "bfloat16" if narrow else "float32"
    sizes = [_largest(t) for t in exact]
    error = _error(off, sizes)
    if error > TOLERANCES[precision] and all(map(math.isfinite, off)):
        # Terms that cancel: their own size counts, as it shows when they are rounded.
        for seed in range(_ROUNDINGS):
            unit = _UNITS[precision]
            nudge = _nudge(part, unit, seed)
            rounded = _exactly(func, args, kwargs, nudge, writes)
            terms = [_largest(r - e) / unit for r, e in zip(rounded, exact, strict=True)]
            sizes = [max(pair) for pair in zip(sizes, terms, strict=True)]
        error = _error(off, sizes)
    return Finding(title, precision, error, same)


def _exactly(func: Any, args: Any, kwargs: Any, part: Part, writes: bool) -> list[Tensor]:
    """What an operation gives in float64 for a part of what it is given."""
    args, kwargs = tree_map(lambda leaf: _widened(part(leaf)), (args, kwargs))
    try:
        out = func(*args, **kwargs)
    except RuntimeError:
        if part is _itself:
            raise
        return []  # parts that do not fit together
    return _floats((out, args, kwargs) if writes else out)


def _of_images(count: int) -> tuple[Part, Part]:
    """Two functions for tensors of ``count`` images, which leave everything else as it is.

    Returns:
        What takes the first few images, and what repeats these until ``count`` places are filled.
    """

    def is_many(leaf: Any) -> bool:
        return isinstance(leaf, Tensor) and leaf.dim() > 1 and len(leaf) == count

    def few(leaf: Any) -> Any:
        return leaf[:_FEW] if is_many(leaf) else leaf

    def filled(leaf: Any) -> Any:
        if not is_many(leaf) or not leaf.stride(0):
            return leaf
        # The same strides choose the same kernel; what is spread over itself is there once.
        once = leaf[tuple(slice(None) if stride else slice(1) for stride in leaf.stride())]
        new = once.new_empty_strided(once.shape, once.stride())
        for places in torch.split(new, _FEW):
            places.copy_(once[: len(places)])
        return new.expand_as(leaf)

    return few, filled


def _fills(few: Tensor, many: Tensor) -> bool:
    """Whether two tensors are alike but for the images, few in one and many in the other."""
    return many.dim() > 1 and len(many) >= _MANY and few.shape == (_FEW, *many.shape[1:])


def _itself(leaf: Any) -> Any:
    return leaf


def _equal(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one, other) or torch.equal(one.nan_to_num(), other.nan_to_num())


def _off(found: Tensor, exact: Tensor) -> float:
    """The largest error of an element; infinite where one that must be finite is not."""
    # float32 is far finer than what is tolerated, and half the work.
    close = exact.float()
    if _fills(exact, found):
        errors = [_largest(close[: len(part)] - part) for part in torch.split(found, _FEW)]
        error = _largest(torch.tensor(errors))
    elif found.shape == exact.shape:
        error = _largest(close - found)
    else:
        return math.inf
    return error if math.isfinite(error) or not math.isfinite(_largest(exact)) else math.inf


def _error(off: Sequence[float], sizes: Sequence[float]) -> float:
    """The largest error of a result relative to its size, where that is finite."""
    shares = (
        error / size if size else math.inf
        for error, size in zip(off, sizes, strict=True)
        if error and math.isfinite(size)
    )
    return max(shares, default=0.0)


def _nudge(part: Part, unit: float, seed: int) -> Part:
    """What takes a part and moves each of its numbers by a unit of rounding, up or down."""

    def nudged(leaf: Any) -> Any:
        leaf = part(leaf)
        if not isinstance(leaf, Tensor) or not leaf.is_floating_point():
            return leaf
        signs = torch.randint(2, leaf.shape, generator=torch.Generator().manual_seed(seed))
        return leaf.double() * (1 + unit * (2 * signs - 1))

    return nudged


def _largest(tensor: Tensor) -> float:
    """The largest absolute value, 0 of none; not a number where one is not."""
    if not tensor.numel():
        return 0.0
    low, high = torch.aminmax(tensor)
    return float(torch.maximum(-low, high))


@cache
def _computes(func: Any) -> bool:
    """Whether an operation's result is to be held against float64: not of views, nor of drawing."""
    namespace, _, name = func._schema.name.partition("::")
    views = any(
        returned.alias_info is not None and not returned.alias_info.is_write
        for returned in func._schema.returns
    )
    drawn = torch.Tag.nondeterministic_seeded in func.tags
    return namespace == "aten" and not views and not drawn and not name.startswith(_NO_ARITHMETIC)


def _leaves(tree: Any) -> Iterator[Any]:
    """What stands in lists, tuples and dictionaries, however deep."""
    if isinstance(tree, list | tuple):
        for branch in tree:
            yield from _leaves(branch)
    elif isinstance(tree, dict):
        yield from _leaves([*tree.values()])
    else:
        yield tree


def _tensors(tree: Any) -> Iterator[Tensor]:
    return (leaf for leaf in _leaves(tree) if isinstance(leaf, Tensor))


def _floats(tree: Any) -> list[Tensor]:
    return [tensor for tensor in _tensors(tree) if tensor.is_floating_point()]


def _copied(leaf: Any) -> Any:
    """A copy with the same strides, since the operation may write into it.

    A tensor with a stride of 0, whose places share memory, is only read: it stays.
    """
    if not isinstance(leaf, Tensor) or 0 in leaf.stride():
        return leaf
    return leaf.clone(memory_format=torch.preserve_format)


def _widened(leaf: Any) -> Any:
    if isinstance(leaf, torch.dtype):
        return torch.float64 if leaf.is_floating_point else leaf
    if not isinstance(leaf, Tensor):
        return leaf
    wide = torch.float64 if leaf.is_floating_point() else leaf.dtype
    return leaf.to(wide, memory_format=torch.contiguous_format, copy=True)


def _signature(func: Any, args: Any, kwargs: Any) -> Signature:
    """What may choose another kernel; numbers such as coefficients do not."""
    return (func, *kwargs, *map(_kind, _leaves((args, kwargs))))


def _kind(leaf: Any) -> Any:
    if isinstance(leaf, Tensor):
        return leaf.shape, leaf.stride(), leaf.dtype
    return "number" if isinstance(leaf, float) else str(leaf)


def _title(func: Any, args: Any, kwargs: Any) -> str:
    """Such as ``convolution_backward 16×8×4×4, 16×4×8×8, 8×4×1×1, stride 2``."""
    name = func._schema.name.partition("::")[2]
    shapes = dict.fromkeys("×".join(map(str, t.shape)) or "1" for t in _tensors((args, kwargs)))
    shown = [*shapes][:3]
    text = f"{name} {', '.join(shown)}{', …' if len(shapes) > len(shown) else ''}"
    for argument, value in zip(func._schema.arguments, args, strict=False):
        if argument.name == "stride" and value:
            text += f", stride {value[0]}"
    return text
