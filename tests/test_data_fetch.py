"""Downloads: resumed, verified, from mirrors and folders; tested against a local server."""

from __future__ import annotations

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from archives import TREE, one_file_set, tree_set, write_zip

from zerosnet.data import fetch as fetching
from zerosnet.data.fetch import fetch
from zerosnet.errors import SuiteError

CONTENT = bytes(range(256)) * 4000


class Server(ThreadingHTTPServer):
    """Serves one file; can break connections, refuse ranges, or serve something else."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.break_after = None
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
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.ranges else 0
        if server.status or start >= len(server.content):
            self.send_error(server.status or 416)
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: server.break_after])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(fetching.time, "sleep", lambda _seconds: None)
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever)
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
    with pytest.raises(SuiteError, match=r"expected md5 \w+, found \w+"):
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
    with pytest.raises(SuiteError, match=r"cannot get http://127.0.0.1:9/raw.bin \(.*--mirror"):
        fetch(replace(wanted, files=(raw,)), tmp_path / "data")


def test_a_local_folder_is_copied_and_verified(tmp_path, wanted):
    (path,) = fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")
    assert path.read_bytes() == CONTENT
    (tmp_path / "elsewhere" / "raw.bin").write_bytes(b"damaged")
    path.unlink()
    with pytest.raises(SuiteError, match="is damaged"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")
    assert not list((tmp_path / "data").iterdir())
    with pytest.raises(SuiteError, match=r"has no raw\.bin"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "data")


def test_what_nobody_publishes_needs_a_folder(tmp_path, wanted):
    raw = replace(wanted.files[0], url="")
    with pytest.raises(SuiteError, match=r"nobody publishes raw\.bin"):
        fetch(replace(wanted, files=(raw,)), tmp_path / "data")


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


def test_an_unwritable_folder_is_named(tmp_path, wanted):
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(SuiteError, match="cannot write"):
        fetch(wanted, tmp_path / "data", source=tmp_path / "elsewhere")
