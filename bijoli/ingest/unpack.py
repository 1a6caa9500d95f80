"""A request's body as bytes: read, unpacked where it is packed, and never more of it in memory than is allowed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import zstandard

STEP = 64 * 1024
MOST_PARTS = 1000  # gzip members or zstd frames in one body
MOST_WINDOW = 8 * 1024 * 1024  # a zstd frame that needs more memory than this is refused (RFC 8878 recommends 8 MB)


class TooLarge(Exception):
    """More bytes than allowed, packed or unpacked."""


class NotPacked(Exception):
    """The body is not packed as it says, or its end is missing."""


def body(stream: IO[bytes], encoding: str, most: int) -> bytes:
    """All of the stream, unpacked. `encoding`: "", "identity", "gzip" or "zstd". Raises TooLarge, NotPacked."""
    packed = stream.read(most + 1)
    if len(packed) > most:
        raise TooLarge
    if encoding in ("", "identity"):
        return packed
    if encoding == "gzip":
        return _gzip(packed, most)
    if encoding == "zstd":
        return _zstd(packed, most)
    raise NotPacked(f"Content-Encoding {encoding[:20]!r} is not known: gzip or zstd")


def skip(stream: IO[bytes], most: int) -> None:
    """Reads what is sent and keeps none of it: who is refused before all is sent sees a broken connection, and not the answer."""
    while most > 0 and (part := stream.read(min(STEP, most))):
        most -= len(part)


def _gzip(packed: bytes, most: int) -> bytes:
    """Members one after the other (RFC 1952), looking at the size as it grows."""
    out, member = bytearray(), None
    try:
        for member, fed in _feed(packed, lambda: zlib.decompressobj(wbits=31)):
            while True:
                out += member.decompress(fed, STEP)
                _check(out, most)
                fed = member.unconsumed_tail
                if member.eof or not fed:
                    break
        while member and not member.eof and (rest := member.decompress(b"", STEP)):
            out += rest
            _check(out, most)
    except zlib.error as error:
        raise NotPacked(f"no gzip body: {error}") from None
    if member is None or not member.eof:
        raise NotPacked("the gzip body ends too early")
    return bytes(out)


def _zstd(packed: bytes, most: int) -> bytes:
    """Frames one after the other (RFC 8878). Fed in small steps: 4 bytes can stand for 128 KB."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
    out, frame = bytearray(), None
    try:
        for frame, fed in _feed(packed, unpacker.decompressobj, 256):
            out += frame.decompress(fed)
            _check(out, most)
    except zstandard.ZstdError as error:
        raise NotPacked(f"no zstd body: {error}") from None
    if frame is None or not frame.eof:
        raise NotPacked("the zstd body ends too early")
    return bytes(out)


def _feed(packed: bytes, begin: Callable[[], Any], step: int = STEP) -> Iterator[tuple[Any, bytes]]:
    """Pairs of an unpacker and what to feed it; a new unpacker where one has come to its end and bytes are left."""
    part, parts = begin(), 1
    for at in range(0, len(packed), step):
        fed = packed[at : at + step]
        while fed:
            yield part, fed
            fed = part.unused_data if part.eof else b""
            if part.eof and (fed or at + step < len(packed)):
                part, parts = begin(), parts + 1
                if parts > MOST_PARTS:
                    raise NotPacked(f"more than {MOST_PARTS} parts packed one after the other")


def _check(out: bytearray, most: int) -> None:
    if len(out) > most:
        raise TooLarge
