"""Getting raw files: downloads that resume, mirrors, local folders; nothing unverified is kept."""

from __future__ import annotations

import http.client
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path, PurePosixPath

from zerosnet.data.catalogue import DataSet, RawFile
from zerosnet.data.rawfiles import find, verify
from zerosnet.files.errors import SuiteError
from zerosnet.files.one_at_a_time import one_at_a_time
from zerosnet.files.paths import is_there
from zerosnet.files.progress import duration, say
from zerosnet.files.storage import synchronize

_CHUNK = 1 << 18
_SECONDS_BETWEEN_LINES = 5.0
_TIMEOUT = 60.0
#: Attempts in a row that may bring nothing before a download is given up.
_ATTEMPTS = 3
#: A second packing of a file may be a little longer than the one whose size is known.
_ROOM = 1 << 16


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
    if not files:
        say(f"{wanted.name} has no files to fetch: {wanted.title}")
    if wanted.any_file:
        # One file will do: one that is whole here, else the first that can be had, else the error
        # is about the first of all.
        targets = [(folder / raw.name, raw) for raw in files]
        here = [raw for path, raw in targets if is_there(path.exists) and _is_whole(path, raw)]
        there = here or [
            raw for raw in files if (find(raw, [source]) if source else raw.url or mirror)
        ]
        files = tuple(there[:1]) or files[:1]
    return [_fetch_one(wanted, raw, folder, mirror, source) for raw in files]


def _fetch_one(
    wanted: DataSet, raw: RawFile, folder: Path, mirror: str | None, source: Path | None
) -> Path:
    target = folder / raw.name
    part = target.with_name(target.name + ".part")
    try:
        # Asked first without the lock, which needs a folder that can be written.
        if not (is_there(target.exists) and _is_whole(target, raw)):
            part.parent.mkdir(parents=True, exist_ok=True)
            lock = part.with_name(part.name + ".lock")
            busy = (
                f"another process fetches {part.stem} and is waited for; if it is no more, "
                f"delete {lock}"
            )
            with one_at_a_time(lock, busy=busy, remove=True):
                if not _is_here(target, raw):
                    _bring(wanted, raw, part, mirror, source)
                    part.replace(target)
    except OSError as error:
        raise SuiteError(
            f"cannot write {part} ({error.strerror or error}): make room or make it writable"
        ) from None
    say(f"{raw.name} is here and whole")
    return target


def _is_here(target: Path, raw: RawFile) -> bool:
    """Whether a file is there and whole; says what is the matter with one that is not."""
    if not is_there(target.exists):
        return False
    try:
        verify(target, raw, "it is brought anew")
    except SuiteError as error:
        say(str(error))
        return False
    return True


def _bring(
    wanted: DataSet, raw: RawFile, part: Path, mirror: str | None, source: Path | None
) -> None:
    """Copy or download a file into its part, whole and verified."""
    if source is not None:
        found = _copy(raw, source, part)
        try:
            _verify_or_discard(part, raw)
        except SuiteError:
            verify(found, raw, "name another folder")  # names the file, not its copy
            raise
    else:
        _download_whole(_url(wanted, raw, mirror), part, raw, wanted.most_bytes)
    with part.open("rb+") as file:
        # A power cut after the renaming must not leave an empty file.
        synchronize(file.fileno())


def _verify_or_discard(part: Path, raw: RawFile, advice: str = "it is discarded") -> None:
    try:
        verify(part, raw, advice)
    except SuiteError:
        part.unlink()
        raise


def _download_whole(url: str, part: Path, raw: RawFile, most: int) -> None:
    """Download a file; once more from its start where a part from before does not fit the rest."""
    most = raw.size + _ROOM if raw.size else most
    if _size(part) > most:
        part.unlink()
    advice = "it is discarded: name a mirror (--mirror URL) or a folder (--from FOLDER)"
    if _size(part) > 0:
        _download(url, part, raw, most)
        try:
            _verify_or_discard(part, raw)
        except SuiteError as error:
            say(f"{error}; the part that was here did not fit, fetching the whole file")
        else:
            return
    _download(url, part, raw, most)
    _verify_or_discard(part, raw, advice)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _copy(raw: RawFile, source: Path, part: Path) -> Path:
    """Copy a file of a local folder into its part; returns the file."""
    found = find(raw, [source])
    if found is None:
        raise SuiteError(f"{source} has no {PurePosixPath(raw.name).name}: name another folder")
    try:
        content = found.open("rb")
    except OSError as error:
        raise SuiteError(
            f"cannot read {found} ({error.strerror}): make it readable or name another folder"
        ) from None
    with content, part.open("wb") as file:
        shutil.copyfileobj(content, file)
    return found


def _url(wanted: DataSet, raw: RawFile, mirror: str | None) -> str:
    if mirror:
        if not _is_address(mirror):
            raise SuiteError(f"mirror {mirror!r} is no http address; name a folder with --from")
        return f"{mirror.rstrip('/')}/{PurePosixPath(raw.name).name}"
    if not raw.url:
        raise SuiteError(
            f"data set {wanted.name}: nobody publishes {raw.name}; "
            "name a folder that has it: --from FOLDER"
        )
    return raw.url


def _is_address(text: str) -> bool:
    """Whether a text is the address of a web server: http or https, a host, a port if any."""
    try:
        parts = urllib.parse.urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is none
        return False


class _BrokenError(Exception):
    """The connection failed; another attempt may go on."""


class _StrangeError(Exception):
    """The server sends what cannot be the file; what it sent is discarded."""


def _download(url: str, part: Path, raw: RawFile, most: int) -> None:
    failures, version = 0, ""
    furthest = _size(part)
    while True:
        try:
            complete, version, reason = _continue(url, part, raw, most, version)
            if complete:
                return
        except _BrokenError as error:
            reason = str(error)
        except _StrangeError as error:
            reason = str(error)
            part.unlink(missing_ok=True)
        # Only what goes beyond the furthest point so far is progress: a server that begins anew
        # every time and breaks now here, now there would otherwise be asked for ever.
        have = _size(part)
        failures = 0 if have > furthest else failures + 1
        furthest = max(furthest, have)
        if failures >= _ATTEMPTS:
            kept = f"; the {have:,} bytes that are here are kept" if have else ""
            raise SuiteError(
                f"cannot get {url} ({reason}){kept}: run the same command again, or name a mirror "
                "(--mirror URL) or a folder (--from FOLDER)"
            )
        time.sleep(min(2**failures, 4) if failures else 0)


def _continue(url: str, part: Path, raw: RawFile, most: int, version: str) -> tuple[bool, str, str]:
    """Download from where the part ends.

    Args:
        raw: what is known of the file.
        most: bytes that the file can have.
        version: of the file on the server that the part is of, as it names it; may be empty.

    Returns:
        whether it is complete, as far as the server says, or the catalogue where it does not; the
        version that the part is of now; why it is not complete, if so.
    """
    have = _size(part)
    request = urllib.request.Request(url)  # noqa: S310 (http and https only, see _url)
    if have:
        request.add_header("Range", f"bytes={have}-")
        if version:
            # The rest, if the file is the one that the part is of, else all of it.
            request.add_header("If-Range", version)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing lies beyond what is here: it is complete
            return True, version, ""
        raise _BrokenError(f"HTTP status {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _BrokenError(str(getattr(error, "reason", error)) or type(error).__name__) from None
    with response:
        resumed = response.status == 206
        told = response.headers.get("Content-Range", "")
        if resumed and told and not told.startswith(f"bytes {have}-"):
            raise _StrangeError(f"bytes from {have:,} were asked for, {told[:40]!r} came")
        have = have if resumed else 0
        length = _whole_number(response.headers.get("Content-Length", ""))
        if have + (length or 0) > most:
            raise _StrangeError("it is larger than the file can be")
        total = have + length if length is not None else raw.size
        etag = response.headers.get("ETag", "")
        # A weak version stands for files that differ in their bytes.
        version = "" if etag.startswith("W/") else etag
        try:
            have = _append(response, url, part, have, total, most, resumed)
        except _BrokenError as error:  # what came before is of this version
            return False, version, str(error)
    complete = have >= total or (length is None and _is_whole(part, raw))
    return complete, version, "the connection ended early"


def _is_whole(part: Path, raw: RawFile) -> bool:
    """Whether its checksum is right: a second packing may be shorter."""
    try:
        verify(part, raw)
    except SuiteError:
        return False
    return True


def _append(
    response: http.client.HTTPResponse,
    url: str,
    part: Path,
    have: int,
    total: int,
    most: int,
    resumed: bool,
) -> int:
    """Write what comes to the part's end, or to a new part; returns the part's size."""
    with part.open("ab" if resumed else "wb") as file:
        start = last = time.monotonic()
        begun = have
        while chunk := _received(response):
            have += len(chunk)
            if have > most:
                raise _StrangeError("it is larger than the file can be")
            file.write(chunk)
            now = time.monotonic()
            if now - last > _SECONDS_BETWEEN_LINES:
                last = now
                say(_line(url, have, total, (have - begun) / (now - start)))
    return have


def _received(response: http.client.HTTPResponse) -> bytes:
    # Apart from writing: a full disk is no broken connection.
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenError(str(error) or type(error).__name__) from None


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _line(url: str, have: int, total: int, rate: float) -> str:
    left = f", {duration((total - have) / rate)} left" if total and rate else ""
    share = f" of {total / 1e6:.1f}" if total else ""
    return f"{url.rpartition('/')[2]}: {have / 1e6:.1f}{share} MB, {rate / 1e3:.0f} kB/s{left}"
