"""Getting raw files: downloads that resume, mirrors, local folders; nothing unverified is kept."""

from __future__ import annotations

import http.client
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from zerosnet.data.catalogue import DataSet, RawFile
from zerosnet.data.rawfiles import find, verify
from zerosnet.errors import SuiteError
from zerosnet.progress import duration, say

_CHUNK = 1 << 18
_SECONDS_BETWEEN_LINES = 5.0
_TIMEOUT = 60.0
#: Attempts in a row that may bring nothing before a download is given up.
_ATTEMPTS = 3


def fetch(
    wanted: DataSet, folder: Path, *, mirror: str | None = None, source: Path | None = None
) -> list[Path]:
    """Bring the files of a data set into a folder; those that are there and whole stay.

    Args:
        folder: the download folder, laid out as torchvision does.
        mirror: a URL to take files from by their bare names, instead of where they are published.
        source: a local folder to copy from, instead of any URL.

    Raises:
        SuiteError: a file cannot be had, or is not what it should be.  What has been downloaded of
            it stays beside it as ``.part``, and the next attempt goes on from there.
    """
    if wanted.format == "folder" and wanted.of:
        raise SuiteError(f"{wanted.name} cannot be fetched: {wanted.obtain}")
    files = wanted.files
    if wanted.any_file:
        # One file will do: the one that the source has, else one that is published.
        choose: Callable[[RawFile], bool] = lambda raw: bool(  # noqa: E731
            find(raw, [source]) if source else raw.url or mirror
        )
        files = tuple(raw for raw in files if choose(raw))[:1] or files[:1]
    return [_fetch_one(wanted, raw, folder, mirror, source) for raw in files]


def _fetch_one(
    wanted: DataSet, raw: RawFile, folder: Path, mirror: str | None, source: Path | None
) -> Path:
    target = folder / raw.name
    if target.exists():
        try:
            verify(target, raw)
        except SuiteError as error:
            say(f"{error}; fetching it anew")
        else:
            say(f"{raw.name} is here and whole")
            return target
    part = target.with_name(target.name + ".part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        if source is not None:
            _copy(raw, source, part)
        else:
            _download(_url(wanted, raw, mirror), part, raw.size)
    except OSError as error:
        raise SuiteError(
            f"cannot write {part} ({error.strerror or error}): make room or make it writable"
        ) from None
    try:
        verify(part, raw)
    except SuiteError:
        part.unlink()
        raise
    part.replace(target)
    say(f"{raw.name} is here and whole")
    return target


def _copy(raw: RawFile, source: Path, part: Path) -> None:
    found = find(raw, [source])
    if found is None:
        raise SuiteError(f"{source} has no {PurePosixPath(raw.name).name}: name another folder")
    shutil.copyfile(found, part)


def _url(wanted: DataSet, raw: RawFile, mirror: str | None) -> str:
    if mirror:
        if not mirror.startswith(("http://", "https://")):
            raise SuiteError(f"mirror {mirror!r} is no http address; name a folder with --from")
        return f"{mirror.rstrip('/')}/{PurePosixPath(raw.name).name}"
    if not raw.url:
        raise SuiteError(
            f"data set {wanted.name}: nobody publishes {raw.name}; "
            "name a folder that has it: --from FOLDER"
        )
    return raw.url


def _download(url: str, part: Path, size: int) -> None:
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            if _continue(url, part, size):
                return
            reason = "the connection ended early"
        except urllib.error.HTTPError as error:
            if error.code == 416:  # nothing lies beyond what is here: it is complete
                return
            reason = f"HTTP status {error.code}"
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            reason = str(getattr(error, "reason", error))
        except ConnectionError as error:
            reason = str(error)
        after = part.stat().st_size if part.exists() else 0
        failures = 0 if after > before else failures + 1
        if failures >= _ATTEMPTS:
            raise SuiteError(
                f"cannot get {url} ({reason}); the {after:,} bytes that are here are kept: run the "
                "same command again, or name a mirror (--mirror URL) or a folder (--from FOLDER)"
            )
        time.sleep(min(2**failures, 4) if failures else 0)


def _continue(url: str, part: Path, size: int) -> bool:
    """Download from where the part ends; whether it is complete, as far as the server says."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url)  # noqa: S310 (http and https only, see _url)
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
        resumed = response.status == 206
        have = have if resumed else 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else size
        with part.open("ab" if resumed else "wb") as file:
            start = last = time.monotonic()
            received = 0
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                received += len(chunk)
                now = time.monotonic()
                if now - last > _SECONDS_BETWEEN_LINES:
                    last = now
                    say(_line(url, have + received, total, received / (now - start)))
    return not length or have + received >= total


def _line(url: str, have: int, total: int, rate: float) -> str:
    left = f", {duration((total - have) / rate)} left" if total and rate else ""
    share = f" of {total / 1e6:.1f}" if total else ""
    return f"{url.rpartition('/')[2]}: {have / 1e6:.1f}{share} MB, {rate / 1e3:.0f} kB/s{left}"
