"""A photo from anywhere becomes a photo of ours: decoded, turned upright, made smaller, written anew without its place and its camera.

What is no picture, or unpacks to more than a phone takes, is refused before it is unpacked.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 50_000_000  # what today's phones take; 200 MB unpacked, where it is no JPEG
LONGEST_SIDE = 1600
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")  # what browsers hand over; iPhones make JPEG of theirs


class PhotoError(ValueError):
    """It is no photo that we can take: `why` is "large", "format" or "broken"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG that we wrote, and its size in pixels."""

    body: bytes
    width: int
    height: int


def made_anew(given: IO[bytes] | Iterable[bytes], size: int) -> Picture:
    """The photo of an upload of `size` bytes. Raises PhotoError."""
    if size > MOST_BYTES:
        raise PhotoError("large")
    raw = given.read(MOST_BYTES + 1) if hasattr(given, "read") else b"".join(given)
    if len(raw) > MOST_BYTES:
        raise PhotoError("large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decoded(raw)
    except PhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise PhotoError("large") from None
    except UnidentifiedImageError:
        raise PhotoError("format") from None
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, OverflowError):  # decoders raise what they like
        raise PhotoError("broken") from None


def _decoded(raw: bytes) -> Picture:
    with Image.open(BytesIO(raw), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise PhotoError("large")
        opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked no larger than needed
        upright = ImageOps.exif_transpose(opened)
        plain = Image.new("RGB", upright.size, "white")  # nothing but pixels comes along
        layer = upright.convert("RGBA")
        plain.paste(layer, mask=layer.getchannel("A"))
    written = BytesIO()
    plain.save(written, "JPEG", quality=QUALITY, optimize=True)
    return Picture(written.getvalue(), plain.width, plain.height)
