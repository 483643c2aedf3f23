"""YAML read strictly: what it would read in surprising ways is refused, in one line."""

from __future__ import annotations

import pytest

from zerosnet.files.errors import SuiteError
from zerosnet.files.yaml_files import MOST_BYTES, read_yaml


def read(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: [1.5, -2, 1.0e-4, true, null, 'x']", {"a": [1.5, -2, 1e-4, True, None, "x"]}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: 2001-02-03", {"a": "2001-02-03"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("a: =", {"a": "="}),
        ("a: '012'", {"a": "012"}),
        ("18: {a: 1}", {18: {"a": 1}}),
        ("a: >-\n  two\n  lines", {"a": "two lines"}),
        (b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("", None),
        ("# a comment", None),
    ],
)
def test_plain_values_are_read(tmp_path, text, value):
    assert read(tmp_path, text) == value


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(5000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "line 2: 'a' stands there twice"),
        ("1: x\n1: y", "line 2: '1' stands there twice"),
        ("a: {b: 1, c: {d: 1, d: 2}}", "'d' stands there twice"),
        ("[a]: 1", "a name is a text or a number"),
        ("a: 012", "'012' is no plain decimal number"),
        ("a: 1:30", "'1:30' is no plain decimal number"),
        ("a: 0x1f", "'0x1f' is no plain decimal number"),
        ("a: 1_000", "'1_000' is no plain decimal number"),
        ("a: 1234567890123456", "is no plain decimal number"),
        ("a: 0b_", "is no plain decimal number"),
        ("a: .nan", "'.nan' is no plain decimal number"),
        ("a: -.inf", "is no plain decimal number"),
        ("a: 1.0e+999", "is no plain decimal number"),
        ("a: !!int x", "line 1: a tag is not expected here"),
        ("a: !!python/object/apply:os.system ['true']", "a tag is not expected here"),
        ("a: ! x", "a tag is not expected here"),
        ("a: &a [*a]", "an entry refers to itself"),
        (LAUGHS, "references unfold to more than 50,000 entries"),
        (CHAIN, "references unfold to more than 20 levels"),
        ("[" * 100_000, "line 1: nested too deeply"),
        ("a: *b", "found undefined alias"),
        ("a: 1\n---\nb: 2", "found another document"),
        ("a: [", "line 1"),
        ("a: \x00", "special characters are not allowed"),
        (b"a: \xff", "can't decode byte 0xff"),
        (b"#" * (MOST_BYTES + 1), "more than 1,048,576 bytes"),
    ],
)
def test_surprises_are_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(SuiteError, match=r"file\.yaml cannot be read \(") as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_files_that_are_not_there_or_no_files(tmp_path):
    with pytest.raises(SuiteError, match=r"absent\.yaml is missing"):
        read_yaml(tmp_path / "absent.yaml")
    with pytest.raises(SuiteError, match="cannot be read"):
        read_yaml(tmp_path)
