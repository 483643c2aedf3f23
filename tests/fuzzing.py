"""What the fuzz tests share: what is drawn, and the contract that every reader keeps.

A reader returns a correct reading, or raises one SuiteError whose message is one line that names
the file; nothing else, and in seconds.

In CI few examples are drawn, always the same ones.  ``ZEROSNET_FUZZ=50 pytest tests -k fuzz`` draws
fifty times as many, and others every time.
"""

from __future__ import annotations

import copy
import os
from datetime import timedelta
from random import Random

from corruption import corruptions
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from zerosnet.files.errors import SuiteError

_TIMES = int(os.environ.get("ZEROSNET_FUZZ", "1"))


def fuzzed(examples):
    """Draw so many examples, or many more in a campaign."""
    return settings(
        max_examples=examples * _TIMES,
        derandomize=_TIMES == 1,
        database=None,
        # A busy machine is slow; a reader that hangs is slower.
        deadline=timedelta(seconds=20),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def settled(read, name):
    """What a reader returns, or None where it refuses as it should; ``name`` is of the file."""
    try:
        return read()
    except SuiteError as error:
        refused = str(error)
    assert_one_line(refused, name)
    return None


def assert_one_line(message, name):
    """The message of a SuiteError: one line that names the file, and not a page of it."""
    assert name in message, message
    assert len(message.splitlines()) == 1, message
    assert len(message) < 2000, message


#: What means something to one of the formats.
_TOKENS = [
    *(b'"', b"'", b",", b"\t", b"\r", b"\n", b"\0", b"\\", b"#", b"-", b": ", b"? ", b"| "),
    *(b"[", b"]", b"{", b"}", b"&a ", b"*a ", b"!!int ", b"<<: ", b"---\n", b"...\n", b"%"),
    *(b"NaN", b"1e999", b"\xff", b"\xe2\x80\xa8", b"x" * 200_000),
]
#: What JSON and YAML can hold, and what they cannot but Python's readers take.
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**9, -(10**18), 10**400, 2**63]),
    st.sampled_from([0.0, -0.5, 1e-300, 1e300, float("inf"), float("-inf"), float("nan")]),
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "a\nb", "<script>", "|", "\x00", "../..", "1/0", "nan", "1e999999999"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def mutated(draw, tree):
    """A tree of dicts and lists with one to three slips in it: something is missing, of another
    kind, twice there, in another's place, or by another name."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        holder, key = _place(draw, tree)
        if holder is None:
            return draw(values)
        kind = draw(
            st.sampled_from(["replace"] * 4 + ["delete", "double", "swap", "rename", "wrap"])
        )
        if kind == "replace":
            holder[key] = draw(values)
        elif kind == "wrap":
            holder[key] = [holder[key]]
        elif kind == "swap":
            other, second = _place(draw, tree)
            if not _inside(holder[key], other) and not _inside(other[second], holder):
                holder[key], other[second] = other[second], holder[key]
        elif isinstance(holder, list):
            if kind == "double":
                holder.insert(key, copy.deepcopy(holder[key]))
            else:
                del holder[key]
        else:
            value = holder.pop(key)
            if kind != "delete":
                holder[draw(st.text(max_size=6))] = value
    return tree


def _place(draw, tree):
    """A random place in a tree: its holder, and the key or index there.

    Half of the time one of the leaves, of which there are many far down, as likely as any other.
    """
    if draw(st.booleans()) and (leaves := list(_leaves(tree))):
        return draw(st.sampled_from(leaves))
    holder, key = None, None
    while isinstance(tree, dict | list) and tree and (holder is None or draw(st.booleans())):
        holder = tree
        key = draw(st.sampled_from(list(tree) if isinstance(tree, dict) else range(len(tree))))
        tree = tree[key]
    return holder, key


def _leaves(tree):
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            if isinstance(tree[key], dict | list):
                yield from _leaves(tree[key])
            else:
                yield tree, key


def _inside(value, holder):
    return value is holder or (
        isinstance(value, dict | list)
        and any(_inside(v, holder) for v in (value.values() if isinstance(value, dict) else value))
    )


@st.composite
def damaged(draw, content, others=()):
    """The bytes of a file after an accident, after an editor, or any bytes at all."""
    kind = draw(st.sampled_from(["corrupt"] * 4 + ["lines", "token", "bytes", "encoding", "empty"]))
    if kind == "corrupt":
        rng = Random(draw(st.integers(0, 2**32)))
        source = corruptions(content, list(others), rng)
        for _ in range(draw(st.integers(0, 10))):
            next(source)
        return next(source)[1]
    if kind == "lines":
        lines = content.splitlines(keepends=True) or [b""]
        at, to = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        what = draw(st.sampled_from(["double", "delete", "swap"]))
        if what == "double":
            lines.insert(at, lines[at])
        elif what == "delete":
            del lines[at]
        else:
            lines[at], lines[to] = lines[to], lines[at]
        return b"".join(lines)
    if kind == "token":
        at = draw(st.integers(0, len(content)))
        return content[:at] + draw(st.sampled_from(_TOKENS)) + content[at:]
    if kind == "encoding":
        return draw(
            st.sampled_from(
                [
                    b"\xef\xbb\xbf" + content,
                    content.replace(b"\n", b"\r\n"),
                    content.replace(b"\n", b"\r"),
                    content.decode("utf-8", "replace").encode("utf-16"),
                    content.decode("utf-8", "replace").encode("latin-1", "replace"),
                ]
            )
        )
    return draw(st.binary(max_size=200)) if kind == "bytes" else b""
