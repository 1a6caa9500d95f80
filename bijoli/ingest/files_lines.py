"""The lines of a file, unpacked on the way and read in pieces: however large the file, only a piece of it is in memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO

import zstandard

from bijoli.ingest import csvrows
from bijoli.ingest.decode import Body
from bijoli.ingest.unpack import MOST_WINDOW

STEP = 256 * 1024
PACKED_STEP = 256  # 4 bytes of zstd can stand for 128 KB
LONGEST = 64 * 1024  # bytes of a line; of a longer one this much is kept, and it is rejected
PIECE = 5_000  # rows
MOST_RATIO = 500  # bytes unpacked for each packed: readings come to 10 to 30
FREE = 64 * 1024 * 1024  # unpacked bytes before that is looked at
CUT = b"\xff"  # what no UTF-8 text holds: a line that was cut can never pass for a whole one
MARK = b"\xef\xbb\xbf"  # byte order mark of UTF-8
NO_TEXT = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Broken(Exception):
    """The file as a whole cannot be read, or not further; the message says why."""


@dataclass(slots=True)
class Piece:
    """Rows to take in. `numbers`: of their lines in the file, from 1; `end`: how many lines of the file lie behind after them."""

    body: Body
    numbers: list[int]
    end: int


def pieces(file: IO[bytes], name: str, door: str, skip: int) -> Iterator[Piece]:
    """The rows behind the first `skip` lines. `name` says by its ending how they are written. Raises Broken."""
    lines = ((number, line) for number, line in enumerate(_lines(_unpacked(file, name)), 1) if line.strip())
    names = _columns(lines, door) if is_csv(name) else None
    ahead = ((number, line) for number, line in lines if number > skip)
    while piece := list(islice(ahead, PIECE)):
        rows = [line for _, line in piece]
        body = Body(b"\n".join(rows), lines=True) if names is None else csvrows.body(names, rows, door)
        yield Piece(body, [number for number, _ in piece], piece[-1][0])


def is_csv(name: str) -> bool:
    """Whether a file of this name holds CSV; else JSON lines."""
    return ".csv" in [suffix.lower() for suffix in Path(name).suffixes[-2:]]


def _columns(lines: Iterator[tuple[int, bytes]], door: str) -> list[str]:
    try:
        return csvrows.columns(next(lines, (0, b""))[1], door)
    except csvrows.BadHeader as error:
        raise Broken(str(error)) from None


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Each line without its end. One that is too long is cut on the way."""
    rest, first = b"", next(chunks, b"")
    for chunk in chain([_text(first)], chunks):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _short(line).rstrip(b"\r")
        rest = _short(rest)
    yield rest.rstrip(b"\r")


def _short(line: bytes) -> bytes:
    return line if len(line) <= LONGEST else line[:LONGEST] + CUT


def _text(first: bytes) -> bytes:
    """The file's beginning without its mark. Raises Broken where it is no text."""
    for magic, what in NO_TEXT.items():
        if first.startswith(magic):
            raise Broken(f"not UTF-8 text: this is {what}")
    if b"\0" in first[:4]:
        raise Broken("not UTF-8 text")
    return first.removeprefix(MARK)


def _unpacked(file: IO[bytes], name: str) -> Iterator[bytes]:
    """The file's bytes in steps. Raises Broken where it is not packed as its name says, or ends too early, or grows beyond measure."""
    ending = Path(name).suffix.lower()
    chunks = {".gz": _gzip, ".zst": _zstd}.get(ending, _plain)(file)
    size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            if size > FREE and size > MOST_RATIO * file.tell():
                raise Broken(f"{size} bytes out of {file.tell()}: no readings unpack to so much")
            yield chunk
    except EOFError:
        raise Broken("ends too early: the end of the packed data is missing") from None
    except (gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise Broken(f"not packed as its name says: {error}") from None


def _plain(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    return iter(lambda: file.read(STEP), b"")


def _gzip(file: IO[bytes]) -> Iterator[bytes]:
    if not file.peek(1):  # type: ignore[attr-defined]
        raise EOFError
    with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield from _plain(unpacked)


def _zstd(file: IO[bytes]) -> Iterator[bytes]:
    """Frames one after the other, fed in small steps."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
    frame, fed = unpacker.decompressobj(), file.read(PACKED_STEP)
    while fed:
        yield frame.decompress(fed)
        fed = frame.unused_data if frame.eof else b""
        fed = fed or file.read(PACKED_STEP)
        if frame.eof and fed:
            frame = unpacker.decompressobj()
    if not frame.eof:
        raise EOFError
