"""Downloads: resumed, verified, from mirrors and folders; tested against a local server."""

from __future__ import annotations

import contextlib
import errno
import threading
from dataclasses import replace
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from archives import TREE, one_file_set, tree_set, write_zip

from zerosnet.data import fetch as fetching
from zerosnet.data.catalogue import CATALOGUE
from zerosnet.data.fetch import fetch
from zerosnet.files.errors import SuiteError

CONTENT = bytes(range(256)) * 4000


class Server(ThreadingHTTPServer):
    """Serves one file; can break connections, refuse ranges, or serve something else."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.break_after = None
        self.etag = None
        self.on_request = lambda number: None
        self.content_range = None
        self.with_length = True
        self.ranges = True
        self.status = None
        self.requests = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.requests.append((self.path, asked))
        server.on_request(len(server.requests))
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.ranges else 0
        if self.headers.get("If-Range", server.etag) != server.etag:
            start = 0
        if server.status or start >= len(server.content):
            self.send_error(server.status or 416)
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if server.with_length:
            self.send_header("Content-Length", str(len(body)))
        if server.etag:
            self.send_header("ETag", server.etag)
        if start and server.content_range:
            self.send_header("Content-Range", server.content_range)
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client has seen enough
            self.wfile.write(body[: server.break_after])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(fetching.time, "sleep", lambda _seconds: None)
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def wanted(tmp_path, server):
    (tmp_path / "elsewhere").mkdir()
    return one_file_set(tmp_path / "elsewhere", CONTENT, url=f"{server.url}/data/raw.bin")


def test_a_file_is_downloaded_and_verified(tmp_path, server, wanted):
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["raw.bin"]
    assert fetch(wanted, tmp_path / "data") == [path]
    assert len(server.requests) == 1


def test_a_broken_download_goes_on_where_it_stopped(tmp_path, server, wanted):
    server.break_after = 300_000
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    starts = [asked for _, asked in server.requests]
    assert starts[0] is None
    assert starts[1] == "bytes=300000-"


def test_a_download_that_was_given_up_is_resumed_by_the_next_call(tmp_path, server, wanted):
    part = tmp_path / "data" / "raw.bin.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT[:1000])
    server.status = 503
    with pytest.raises(
        SuiteError, match=r"HTTP status 503.*the 1,000 bytes that are here are kept"
    ):
        fetch(wanted, tmp_path / "data")
    assert part.stat().st_size == 1000
    server.status = None
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert server.requests[-1][1] == "bytes=1000-"


def test_a_part_that_is_complete_is_verified(tmp_path, server, wanted):
    part = tmp_path / "data" / "raw.bin.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT


def test_a_server_without_ranges_starts_anew(tmp_path, server, wanted):
    part = tmp_path / "data" / "raw.bin.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT[:1000])
    server.ranges = False
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT


def test_another_content_is_discarded(tmp_path, server, wanted):
    server.content = CONTENT[:-1] + b"?"
    with pytest.raises(SuiteError, match=r"expected md5 \w+, found \w+; it is discarded: name a"):
        fetch(wanted, tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


def test_a_damaged_file_is_fetched_anew(tmp_path, server, wanted):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw.bin").write_bytes(b"damaged")
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT


def test_a_mirror_is_asked_by_the_bare_name(tmp_path, server, wanted):
    nested = replace(wanted, files=(replace(wanted.files[0], name="MNIST/raw/raw.bin", url=""),))
    (path,) = fetch(nested, tmp_path / "data", mirror=f"{server.url}/mirror/")
    assert path == tmp_path / "data" / "MNIST" / "raw" / "raw.bin"
    assert server.requests == [("/mirror/raw.bin", None)]


@pytest.mark.parametrize("mirror", ["file:///etc", "ftp://host/", "nonsense"])
def test_only_http_mirrors_are_asked(tmp_path, wanted, mirror):
    with pytest.raises(SuiteError, match="is no http address"):
        fetch(wanted, tmp_path / "data", mirror=mirror)


def test_an_unreachable_host_is_named(tmp_path, wanted, server):
    raw = replace(wanted.files[0], url="http://127.0.0.1:9/raw.bin")
    with pytest.raises(
        SuiteError, match=r"cannot get http://127.0.0.1:9/raw.bin \(.*--mirror"
    ) as caught:
        fetch(replace(wanted, files=(raw,)), tmp_path / "data")
    assert "are kept" not in str(caught.value)


def test_a_local_folder_is_copied_and_verified(tmp_path, wanted):
    (path,) = fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")
    assert path.read_bytes() == CONTENT
    (tmp_path / "elsewhere" / "raw.bin").write_bytes(b"damaged")
    path.unlink()
    with pytest.raises(SuiteError, match=r"elsewhere/raw\.bin is damaged .*name another folder$"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")
    assert not list((tmp_path / "data").iterdir())
    with pytest.raises(SuiteError, match=r"has no raw\.bin"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "data")


def test_a_source_that_cannot_be_read_is_named_and_not_the_copy(tmp_path, wanted, monkeypatch):
    opened = Path.open

    def closed(path, mode="r", **options):
        if path == tmp_path / "elsewhere" / "raw.bin":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, mode, **options)

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(SuiteError, match=r"cannot read .*elsewhere/raw\.bin \(Permission denied"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")


def test_what_nobody_publishes_needs_a_folder(tmp_path, wanted):
    raw = replace(wanted.files[0], url="")
    with pytest.raises(SuiteError, match=r"nobody publishes raw\.bin"):
        fetch(replace(wanted, files=(raw,)), tmp_path / "data")


@pytest.mark.parametrize("name", ["digits", "digits-folder"])
def test_what_has_no_files_says_so(tmp_path, capsys, name):
    assert fetch(CATALOGUE[name], tmp_path / "data") == []
    assert f"{name} has no files to fetch: " in capsys.readouterr().err


def test_of_several_packings_the_one_at_hand_is_taken(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    wanted = tree_set(source)
    (path,) = fetch(wanted, tmp_path / "a", source=source)
    assert path.name == "cifar10_jpeg.tar.xz"
    path.unlink()
    (source / "cifar10_jpeg.tar.xz").unlink()
    write_zip(source / "CIFAR-10-images-master.zip", TREE, prefix="master/")
    (path,) = fetch(wanted, tmp_path / "a", source=source)
    assert path.name == "CIFAR-10-images-master.zip"


def test_a_packing_that_is_whole_here_is_taken_before_any_other(tmp_path):
    source, folder = tmp_path / "source", tmp_path / "a"
    source.mkdir()
    wanted = tree_set(source)
    folder.mkdir()
    write_zip(folder / "CIFAR-10-images-master.zip", TREE, prefix="master/")
    (path,) = fetch(wanted, folder, source=source)
    assert path.name == "CIFAR-10-images-master.zip"
    path.write_bytes(b"damaged")
    (path,) = fetch(wanted, folder, source=source)
    assert path.name == "cifar10_jpeg.tar.xz"


def test_an_unwritable_folder_is_named(tmp_path, wanted):
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(SuiteError, match="cannot write"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")


OTHER = bytes(reversed(CONTENT))


@pytest.mark.parametrize("error", [None, ConnectionResetError("reset"), TimeoutError("late")])
def test_a_file_that_changed_between_two_attempts_is_taken_whole(
    tmp_path, server, wanted, monkeypatch, error
):
    """The first answer is of another version; the server says so to who names it."""
    read, reads = HTTPResponse.read, []

    def breaking(response, amount=None):
        reads.append(amount)
        if error is not None and len(reads) == 2:
            raise error
        return read(response, amount)

    monkeypatch.setattr(HTTPResponse, "read", breaking)

    def publish(number):
        server.content, server.etag = (OTHER, '"1"') if number == 1 else (CONTENT, '"2"')

    server.on_request = publish
    server.break_after = 700_000
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    have = 700_000 if error is None else 1 << 18
    assert [asked for _, asked in server.requests][:2] == [None, f"bytes={have}-"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_part_of_another_version_is_discarded_once_it_is_seen(tmp_path, server, wanted, ranges):
    """Without versions only the checksum tells: then the whole file is fetched, once."""
    part = tmp_path / "data" / "raw.bin.part"
    part.parent.mkdir()
    part.write_bytes(OTHER[:1000])
    server.ranges = ranges
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    starts = [asked for _, asked in server.requests]
    assert starts == (["bytes=1000-", None] if ranges else ["bytes=1000-"])
    assert [p.name for p in path.parent.iterdir()] == ["raw.bin"]


@pytest.mark.parametrize("more", [1, 1 << 17])
def test_a_part_longer_than_the_file_is_discarded(tmp_path, server, wanted, more):
    part = tmp_path / "data" / "raw.bin.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT + bytes(more))
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT


def test_other_bytes_than_were_asked_for_are_not_appended(tmp_path, server, wanted):
    part = tmp_path / "data" / "raw.bin.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT[:1000])
    server.content_range = "bytes 0-1023999/1024000"
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == ["bytes=1000-", None]


@pytest.mark.parametrize("with_length", [True, False])
def test_what_is_larger_than_the_file_is_not_kept(tmp_path, server, wanted, with_length):
    server.content = CONTENT + bytes(1 << 20)
    server.with_length = with_length
    with pytest.raises(SuiteError, match="it is larger than the file can be"):
        fetch(wanted, tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())
    assert len(server.requests) == 3


def test_a_server_that_always_begins_anew_and_breaks_is_given_up(tmp_path, server, wanted):
    """Now here, now there: three times without going further than before end it."""
    server.ranges = False
    points = [400_000, 300_000, 350_000, 200_000]

    def breaks(number):
        server.break_after = points[(number - 1) % 4]

    server.on_request = breaks
    with pytest.raises(SuiteError, match="bytes that are here are kept"):
        fetch(wanted, tmp_path / "data")
    assert len(server.requests) == 4


def test_without_a_length_the_catalogue_tells_whether_it_is_whole(tmp_path, server, wanted):
    server.with_length = False
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1
    path.unlink()
    server.break_after = 300_000
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert [asked for _, asked in server.requests[1:]] == [
        *(None, "bytes=300000-", "bytes=600000-", "bytes=900000-")
    ]


def test_without_a_length_what_came_before_a_break_is_kept(tmp_path, server, wanted):
    server.with_length = server.ranges = False
    server.break_after = 300_000
    with pytest.raises(
        SuiteError, match=r"ended early.*; the 300,000 bytes that are here are kept"
    ):
        fetch(wanted, tmp_path / "data")
    server.ranges = True
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert server.requests[-2][1] == "bytes=600000-"


def test_without_a_length_nor_a_size_the_checksum_tells(tmp_path, server, wanted):
    unknown = replace(wanted, files=(replace(wanted.files[0], size=0),))
    server.with_length = False
    (path,) = fetch(unknown, tmp_path / "data")
    path.unlink()
    server.break_after = 1000
    with pytest.raises(SuiteError, match="is damaged or another file"):
        fetch(unknown, tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())


def test_without_a_length_a_second_packing_may_be_shorter(tmp_path, server, wanted):
    (raw,) = wanted.files
    longer = replace(raw, checksum="0" * 32, repacked=raw.checksum, size=raw.size + 100)
    server.with_length = server.ranges = False
    (path,) = fetch(replace(wanted, files=(longer,)), tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1


class Full:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, chunk):
        self.room -= len(chunk)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.file.write(chunk)


def test_a_full_disk_is_named_and_the_part_resumed_later(tmp_path, server, wanted, monkeypatch):
    opened = Path.open

    def open_(path, mode="r", **options):
        file = opened(path, mode, **options)
        return Full(file, 600_000) if path.suffix == ".part" and mode in ("wb", "ab") else file

    monkeypatch.setattr(Path, "open", open_)
    with pytest.raises(SuiteError, match=r"cannot write .*raw\.bin\.part \(No space left") as told:
        fetch(wanted, tmp_path / "data")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "data" / "raw.bin").exists()
    monkeypatch.undo()
    kept = (tmp_path / "data" / "raw.bin.part").stat().st_size
    assert kept > 0
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert server.requests[-1][1] == f"bytes={kept}-"


def test_an_interrupted_download_is_resumed(tmp_path, server, wanted, monkeypatch):
    received = fetching._received

    def interrupted(response):
        chunk = received(response)
        monkeypatch.setattr(fetching, "_received", press)
        return chunk

    def press(_response):
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "_received", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(wanted, tmp_path / "data")
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["raw.bin.part"]
    monkeypatch.setattr(fetching, "_received", received)
    (path,) = fetch(wanted, tmp_path / "data")
    assert path.read_bytes() == CONTENT
    assert server.requests[-1][1] == f"bytes={1 << 18}-"


def test_a_folder_where_the_file_should_be_is_named(tmp_path, wanted):
    (tmp_path / "data" / "raw.bin").mkdir(parents=True)
    with pytest.raises(SuiteError, match="cannot write"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")
