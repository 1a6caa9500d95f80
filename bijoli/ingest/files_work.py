"""One file of the files door: taken in piece by piece, each in one transaction with how far the file has come, then moved away.

Killed at any moment, the file is taken on from the last piece that was committed: nothing is lost, recorded or listed twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from bijoli.ingest import rejects
from bijoli.ingest.files_lines import Broken, Piece, pieces
from bijoli.ingest.models import FileInWork, Gateway
from bijoli.ingest.store import store
from bijoli.ingest.take import Taken

DONE, BROKEN = "done", "broken"
LIST, REASONS = ".rejects", ".reasons"


@dataclass(slots=True)
class Result:
    """What became of a file in this run. `finished` is false where it was stopped, or the file grew meanwhile."""

    rows: int = 0
    rejected: int = 0
    finished: bool = False
    broken: str = ""


def take(path: Path, gateway: Gateway, door: str, stopped: Callable[[], bool]) -> Result:
    """Takes the file in and moves it to done/ or broken/ beside it. Raises OSError, and what `store` raises."""
    for folder in (DONE, BROKEN):
        (path.parent / folder).mkdir(exist_ok=True)
    result = Result()
    with path.open("rb") as file:
        work = _work(path, os.fstat(file.fileno()))
        listing = path.parent / DONE / (work.target + LIST)
        _cut(listing, work.rejects_bytes)
        try:
            for piece in pieces(file, path.name, door, work.lines):
                _take_piece(piece, gateway, door, work, listing, result)
                if stopped():
                    return result
        except Broken as error:
            result.broken = f"{error} (after line {work.lines})"
    result.finished = _move(path, work, result.broken)
    return result


def _work(path: Path, found: os.stat_result) -> FileInWork:
    """How far this file has come; from its beginning where it is new or was written again."""
    name = os.fsencode(path).decode("utf-8", "backslashreplace")
    work = FileInWork.objects.filter(path=name).first() or FileInWork(path=name, size=-1)
    if (work.size, work.modified_ns) != (found.st_size, found.st_mtime_ns):
        work.size, work.modified_ns, work.lines, work.rejects_bytes = found.st_size, found.st_mtime_ns, 0, 0
        work.target = work.target or _free_name(path)
        work.save()
    return work


def _free_name(path: Path) -> str:
    """The file's own name, or with a number before it where one of that name has been here."""
    number, name = 1, path.name
    while any((path.parent / folder / (name + ending)).exists() for folder in (DONE, BROKEN) for ending in ("", LIST, REASONS)):
        number += 1
        name = f"{number}-{path.name}"
    return name


def _take_piece(piece: Piece, gateway: Gateway, door: str, work: FileInWork, listing: Path, result: Result) -> None:
    with transaction.atomic():
        taken = store(piece.body, gateway, door)
        named = _named(taken, piece)
        if named:
            work.rejects_bytes = _append(listing, work.rejects_bytes, "".join(named))
        work.lines = piece.end
        work.save(update_fields=["lines", "rejects_bytes"])
    result.rows += taken.total
    result.rejected += len(named)


def _named(taken: Taken, piece: Piece) -> list[str]:
    """A line for each row that was not taken: its line in the file, the field, the reason."""
    faults = [(fault.row, fault.field, fault.reason) for fault in taken.faults] + [(row, "at", rejects.AHEAD) for row in taken.quarantined]
    return [f"{piece.numbers[row - 1]}: {field or 'line'}: {reason}\n" for row, field, reason in sorted(faults)]


def _cut(listing: Path, length: int) -> None:
    """What was listed without being committed goes."""
    if listing.exists() and listing.stat().st_size > length:
        os.truncate(listing, length)


def _append(listing: Path, at: int, text: str) -> int:
    """Writes behind the first `at` bytes; returns where it ends. Before the commit, so that what is committed is listed."""
    with listing.open("r+b" if listing.exists() else "wb") as file:
        file.seek(min(at, file.seek(0, os.SEEK_END)))
        file.truncate()
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _move(path: Path, work: FileInWork, broken: str) -> bool:
    """Away with it, if it is still the file that was taken in: else the rest is taken the next time."""
    found = path.stat()
    if (work.size, work.modified_ns) != (found.st_size, found.st_mtime_ns):
        return False
    folder = path.parent / (BROKEN if broken else DONE)
    if broken:
        (folder / (work.target + REASONS)).write_text(f"{broken}\n", encoding="utf-8")
        listing = path.parent / DONE / (work.target + LIST)
        if listing.exists():
            listing.replace(folder / listing.name)
    path.replace(folder / work.target)
    work.delete()
    return True
