"""Archives: nothing leads out of the folder, and nothing unfolds without end."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest
from archives import TREE, write_tar, write_zip

from zerosnet.data.archives import UnreadableArchiveError, image_members, read_gzip, unpack_tar

ROOM = 1 << 20


def write_members(path, *members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for info, content in members:
            info.size = info.size or len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_files_and_folders_are_unpacked(tmp_path, mode):
    path = write_members(
        tmp_path / "a.tar",
        (member("below", tarfile.DIRTYPE), b""),
        (member("below/file"), b"content"),
        mode=mode,
    )
    unpack_tar(path, tmp_path / "out", ROOM)
    assert (tmp_path / "out" / "below" / "file").read_bytes() == b"content"


@pytest.mark.parametrize(
    ("strange", "message"),
    [
        (member("/etc/evil"), "'/etc/evil' leads out of its folder"),
        (member("../evil"), "'../evil' leads out"),
        (member("below/../../evil"), "leads out"),
        (member("link", tarfile.SYMTYPE, "/etc"), "'link' is neither a file nor a folder"),
        (member("link", tarfile.SYMTYPE, "."), "is neither a file nor a folder"),
        (member("link", tarfile.LNKTYPE, "../evil"), "is neither a file nor a folder"),
        (member("device", tarfile.CHRTYPE), "is neither a file nor a folder"),
        (member("pipe", tarfile.FIFOTYPE), "is neither a file nor a folder"),
    ],
)
def test_what_leads_out_or_is_no_file_is_refused(tmp_path, strange, message):
    (tmp_path / "out").mkdir()
    content = b"evil" if strange.type == tarfile.REGTYPE else b""
    path = write_members(tmp_path / "a.tar.gz", (strange, content), (member("after"), b"x"))
    with pytest.raises(UnreadableArchiveError, match=message) as caught:
        unpack_tar(path, tmp_path / "out", ROOM)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "out").iterdir())
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("pack", [write_tar, write_zip])
def test_what_another_system_packs_beside_the_images_is_none_of_them(tmp_path, pack):
    hidden = {f"__MACOSX/train/airplane/._{n:04d}.jpg": b"rubbish" for n in range(2)}
    path = pack(tmp_path / "a", {**TREE, **hidden, ".git/test/0.jpg": b"", "a/._b.bin": b""})
    assert dict(image_members(path, ROOM)) == TREE


@pytest.mark.parametrize("pack", [write_tar, write_zip])
def test_images_and_batches_are_found_and_nothing_else(tmp_path, pack):
    content = {
        "above/train/cat/1.jpg": b"1",
        "above/train/cat/1.txt": b"2",
        "cifar-10-batches-bin/test_batch.bin": b"3",
        "cifar-10-batches-bin/readme.html": b"4",
        "else/cat/1.jpg": b"5",
    }
    path = pack(tmp_path / "archive", content)
    assert dict(image_members(path, ROOM)) == {"train/cat/1.jpg": b"1", "test_batch.bin": b"3"}


def test_a_size_below_zero_is_refused(tmp_path):
    """The library would read the same member again and again."""
    header = bytearray(member("a").tobuf())
    header[124:136] = b"\xff" * 8 + (-512 & 0xFFFFFFFF).to_bytes(4, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(header) + bytes(1024))
    with pytest.raises(UnreadableArchiveError):
        unpack_tar(path, tmp_path / "out", ROOM)
    with pytest.raises(UnreadableArchiveError):
        list(image_members(path, ROOM))


def test_a_member_with_holes_is_refused(tmp_path):
    """What is left out of a sparse file are zeros, which no limit on what is read counts."""
    path = tmp_path / "a.tar.gz"
    hole = member("train/cat/1.jpg")
    hole.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(10**15),
        "GNU.sparse.numblocks": "1",
    }
    hole.size = 1
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(hole, io.BytesIO(b"x"))
    with tarfile.open(path) as tar:
        assert [found.issparse() for found in tar] == [True]
    with pytest.raises(UnreadableArchiveError, match="has holes"):
        unpack_tar(path, tmp_path / "out", ROOM)
    with pytest.raises(UnreadableArchiveError, match="has holes"):
        list(image_members(path, ROOM))


def test_bombs_are_not_unfolded(tmp_path):
    """64 MB of zeros in a few kilobytes, wherever they stand: a part of them is held."""
    zeros = bytes(64 << 20)
    (tmp_path / "zeros.gz").write_bytes(gzip.compress(zeros))
    tar = write_tar(tmp_path / "a.tar.xz", {"train/a/0.jpg": zeros})
    other = write_tar(tmp_path / "b.tar.xz", {"README": zeros, **TREE})
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/a/0.jpg", zeros)
    named = write_members(
        tmp_path / "d.tar.gz", (member("n" * (64 << 20)), b"a header as long as that")
    )
    del zeros
    tracemalloc.start()
    with pytest.raises(UnreadableArchiveError, match="holds more than the data set has"):
        read_gzip(tmp_path / "zeros.gz", ROOM)
    for path in (tar, other, tmp_path / "c.zip", named):
        with pytest.raises(UnreadableArchiveError, match="holds more than the data set has"):
            list(image_members(path, ROOM))
    for path in (tar, named):
        with pytest.raises(UnreadableArchiveError, match="holds more than the data set has"):
            unpack_tar(path, tmp_path / "out", ROOM)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_a_zip_that_lies_of_its_size_is_not_unfolded(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/a/0.jpg", bytes(32 << 20))
    content = path.read_bytes().replace((32 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(UnreadableArchiveError):
        list(image_members(path, ROOM))


def test_members_together_have_a_limit(tmp_path):
    images = {f"train/a/{i}.jpg": bytes(1000) for i in range(20)}
    for path in (write_zip(tmp_path / "a.zip", images), write_tar(tmp_path / "a.tar.xz", images)):
        assert len(list(image_members(path, 100_000))) == 20
        with pytest.raises(UnreadableArchiveError, match="holds more than the data set has"):
            list(image_members(path, 10_000))


def test_only_images_of_the_splits_are_read(tmp_path):
    strange = {"README.md": b"read", "../train/bird/x.txt": b"", "valid/bird/0.jpg": b"no"}
    path = write_tar(tmp_path / "a.tar.xz", {**TREE, **strange})
    assert {name for name, _ in image_members(path, ROOM)} == set(TREE)


def test_a_zip_with_a_password_is_named(tmp_path):
    path = write_zip(tmp_path / "a.zip", TREE)
    content = bytearray(path.read_bytes())
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(magic, at + 1)) >= 0:
            content[at + flags] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableArchiveError, match="is encrypted"):
        list(image_members(path, ROOM))
