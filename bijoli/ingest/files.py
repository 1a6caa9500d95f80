"""The files door: `manage.py listen file:///folder`. A folder for each gateway, in it readings/ and events/; see docs/ingest.md.

The folder is looked at again and again (that works on every file system). A file is taken once it has not changed for some seconds.
"""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, unquote, urlsplit

from django.db import InterfaceError, OperationalError, connection

from bijoli.ingest import files_work
from bijoli.ingest.listening import BadAddress
from bijoli.ingest.models import FileInWork, Gateway
from bijoli.ingest.take import TAKERS

ENDINGS = tuple(f"{kind}{packed}" for kind in (".ndjson", ".csv") for packed in ("", ".gz", ".zst"))
LOOK = 1.0  # seconds between two looks at the folder
SETTLE = 5.0  # seconds that a file must not have changed
PAUSE = 2.0  # seconds to wait where the database is away

log = logging.getLogger(__name__)
State = tuple[int, int]  # size and time of the last change


@dataclass(slots=True)
class Folder:
    """The folder and what was seen of it so far."""

    root: Path
    settle: float = SETTLE
    seen: dict[Path, tuple[State, float]] = field(default_factory=dict)  # since when (monotonic) a file is as it is
    held: dict[Path, State] = field(default_factory=dict)  # could not be taken or moved: not again until it changes
    unknown: set[str] = field(default_factory=set)  # folders of no gateway, told once


def run(url: str, stop: Event) -> None:
    """Takes files in until `stop` is set; the piece at hand is finished. Raises BadAddress."""
    folder = _folder(url)
    with _alone(folder.root):
        _forget_gone(folder.root)
        while not stop.is_set():
            try:
                look(folder, stop)
            except (OperationalError, InterfaceError) as error:
                log.warning("the database is away, waiting: %s", type(error).__name__)
                connection.close()
                stop.wait(PAUSE)
            stop.wait(min(LOOK, folder.settle or LOOK))


def look(folder: Folder, stop: Event) -> None:
    """One look: takes in whatever is ready, the oldest first."""
    now = time.monotonic()
    for root, gateway in _gateways(folder):
        for door in TAKERS:
            for path, state in _files(root / door):
                if _ready(folder, path, state, now) and not stop.is_set():
                    _take(folder, path, state, gateway, door, stop)
    folder.seen = {path: since for path, since in folder.seen.items() if path.exists()}


def _take(folder: Folder, path: Path, state: State, gateway: Gateway, door: str, stop: Event) -> None:
    try:
        result = files_work.take(path, gateway, door, stop.is_set)
    except FileNotFoundError:
        return  # taken away again by who put it there
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # whatever is wrong with this file: the others go on
        log.exception("a file of %s/%s cannot be taken in or moved; it is left until it changes", gateway.name, door)
        folder.held[path] = state
        return
    where = f"set aside: {result.broken}" if result.broken else "done" if result.finished else "not at its end yet"
    log.info("%s/%s: %d rows, %d of them not taken; %s", gateway.name, door, result.rows, result.rejected, where)


def _ready(folder: Folder, path: Path, state: State, now: float) -> bool:
    if folder.held.get(path) == state:
        return False
    was, since = folder.seen.get(path, (None, now))
    if was != state:
        folder.seen[path] = (state, since := now)
    return now - since >= folder.settle


def _gateways(folder: Folder) -> Iterator[tuple[Path, Gateway]]:
    """Each gateway that may send, and its folder. One that nobody has made yet is waited for."""
    names = sorted(path.name for path in folder.root.iterdir() if path.is_dir() and not path.name.startswith("."))
    known = {one.name: one for one in Gateway.objects.filter(name__in=names, revoked_at=None)}
    for name in names:
        if name in known:
            yield folder.root / name, known[name]
        elif name not in folder.unknown:
            folder.unknown.add(name)
            log.warning("no gateway is called %r: its files stay until manage.py gateway makes it", name)


def _files(folder: Path) -> list[tuple[Path, State]]:
    """The files that are ours by their names, the oldest first; links are not followed."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith(".") or not path.name.lower().endswith(ENDINGS):
            continue
        try:
            about = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(about.st_mode):
            found.append((path, (about.st_size, about.st_mtime_ns)))
    return sorted(found, key=lambda one: (one[1][1], one[0]))


def _folder(url: str) -> Folder:
    parts = urlsplit(url)
    root = Path(unquote(parts.path))
    if parts.netloc not in ("", "localhost") or not root.is_absolute() or not root.is_dir():
        raise BadAddress("file:///path/to/folder, a folder that exists")
    try:
        settle = float(parse_qs(parts.query).get("settle", [SETTLE])[-1])
    except ValueError:
        settle = -1
    if not 0 <= settle <= 3600:
        raise BadAddress("settle: seconds, from 0 to 3600")
    return Folder(root, settle)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One listener a folder: two would take each file twice, which does no harm and no good."""
    with (root / ".bijoli-lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadAddress("another process listens to this folder already") from None
        yield


def _forget_gone(root: Path) -> None:
    """What is known of files of this folder that are there no more."""
    for work in FileInWork.objects.filter(path__startswith=f"{os.fspath(root).rstrip('/')}/"):
        if not Path(work.path).exists():
            work.delete()
