"""Raw files: found, checked, and never used when damaged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from archives import TREE, one_file_set, tree_set, write_tar, write_zip

from zerosnet.data.rawfiles import checksum, find, verified_files
from zerosnet.files.errors import SuiteError


def test_the_packing_does_not_matter(tmp_path):
    tar = write_tar(tmp_path / "a.tar.xz", TREE)
    shuffled = dict(reversed(TREE.items()))
    zipped = write_zip(tmp_path / "b.zip", shuffled, prefix="CIFAR-10-images-master/")
    assert checksum(tar, "members") == checksum(zipped, "members")
    other = write_tar(tmp_path / "c.tar.xz", {**TREE, "train/bird/0009.jpg": b"one more"})
    assert checksum(other, "members") != checksum(tar, "members")


def test_a_file_is_found_at_its_place_or_by_its_name(tmp_path):
    raw = one_file_set(tmp_path).files[0]
    assert find(raw, [tmp_path / "absent", tmp_path]) == tmp_path / "raw.bin"
    assert find(replace(raw, name="MNIST/raw/raw.bin"), [tmp_path]) == tmp_path / "raw.bin"
    assert find(replace(raw, name="other.bin"), [tmp_path]) is None


def test_whole_files_are_returned(tmp_path):
    assert verified_files(one_file_set(tmp_path), [tmp_path]) == [tmp_path / "raw.bin"]
    assert verified_files(tree_set(tmp_path), [tmp_path]) == [tmp_path / "cifar10_jpeg.tar.xz"]


def test_one_of_several_files_is_enough(tmp_path):
    wanted = tree_set(tmp_path)
    (tmp_path / "cifar10_jpeg.tar.xz").unlink()
    zipped = write_zip(tmp_path / "CIFAR-10-images-master.zip", TREE, prefix="master/")
    assert verified_files(wanted, [tmp_path]) == [zipped]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "other", "empty"])
@pytest.mark.parametrize("make", [one_file_set, tree_set], ids=["md5", "members"])
def test_damage_names_expected_and_found_checksum(tmp_path, damage, make):
    wanted = make(tmp_path)
    path = tmp_path / wanted.files[0].name
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 255
    path.write_bytes(
        {
            "truncated": content[: len(content) // 2],
            "flipped": content,
            "other": b"else",
            "empty": b"",
        }[damage]
    )
    expected = wanted.files[0].checksum
    with pytest.raises(
        SuiteError, match=rf"is damaged .* expected \w+ {expected}, found"
    ) as caught:
        verified_files(wanted, [tmp_path])
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("; delete it and bring a whole copy")  # it has no address


def test_missing_data_names_the_command_that_gets_it(tmp_path):
    wanted = one_file_set(tmp_path)
    (tmp_path / "raw.bin").unlink()
    with pytest.raises(SuiteError, match="python -m zerosnet data fetch little") as caught:
        verified_files(wanted, [tmp_path])
    assert wanted.files[0].checksum in str(caught.value)
    assert "ZEROSNET_DATA" in str(caught.value)


def test_a_second_packing_is_accepted_by_its_own_checksum(tmp_path):
    wanted = one_file_set(tmp_path)
    raw = wanted.files[0]
    (tmp_path / "raw.bin").write_bytes(b"the same content, packed otherwise")
    other = checksum(tmp_path / "raw.bin", "md5")
    with pytest.raises(SuiteError, match="is damaged"):
        verified_files(wanted, [tmp_path])
    repacked = replace(wanted, files=(replace(raw, repacked=other),))
    assert verified_files(repacked, [tmp_path])
