"""A photo is made anew: no place, no camera, upright, small; what is none, or a bomb, is refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from PIL.ExifTags import Base

from bijoli.complaints.photos import LONGEST_SIDE, MOST_BYTES, PhotoError, made_anew
from tests.apps.complaints.conftest import jpeg


def with_place(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[Base.Make.value], exif[Base.Orientation.value] = "Secretphone", orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 48.0, 1.5), 3: "E", 4: (90.0, 24.0, 2.5)})
    exif[Base.GPSInfo.value] = exif.get_ifd(0x8825)
    return jpeg(40, 20, exif=exif, comment=b"from home")


def test_nothing_that_the_camera_wrote_comes_along():
    raw = with_place()
    assert b"Secretphone" in raw
    assert Image.open(BytesIO(raw)).getexif().get_ifd(0x8825)
    made = made_anew(BytesIO(raw), len(raw))
    anew = Image.open(BytesIO(made.body))
    assert (anew.format, anew.mode) == ("JPEG", "RGB")
    assert not anew.getexif()
    assert set(anew.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Secretphone" not in made.body
    assert b"from home" not in made.body


def test_a_photo_taken_sideways_stands_upright():
    raw = with_place(orientation=6)
    made = made_anew(BytesIO(raw), len(raw))
    assert (made.width, made.height) == (20, 40)


def test_a_large_photo_becomes_small():
    raw = jpeg(4000, 3000)
    made = made_anew(BytesIO(raw), len(raw))
    assert (made.width, made.height) == (LONGEST_SIDE, 1200)
    assert Image.open(BytesIO(made.body)).size == (LONGEST_SIDE, 1200)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK", "I;16"])
def test_every_kind_of_picture_can_be_taken(mode):
    written = BytesIO()
    Image.new(mode, (30, 20)).save(written, "JPEG" if mode == "CMYK" else "PNG")
    made = made_anew(BytesIO(written.getvalue()), len(written.getvalue()))
    assert (made.width, made.height) == (30, 20)


def test_what_is_transparent_becomes_white():
    written = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(written, "PNG")
    made = made_anew(BytesIO(written.getvalue()), 1)
    assert Image.open(BytesIO(made.body)).getpixel((4, 4)) == (255, 255, 255)


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels wide and high."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (bomb(8_000), "large"),
        (bomb(60_000), "large"),
        (b"\0" * (MOST_BYTES + 1), "large"),
        (b"", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format"),
        (b"GIF89a" + b"\1" * 40, "format"),
        (b"%PDF-1.7", "format"),
        (jpeg(400, 300)[:200], "broken"),
        (jpeg(400, 300)[:900], "broken"),
    ],
    ids=["64 megapixels", "3.6 gigapixels", "6 MB", "nothing", "svg", "gif", "pdf", "no header", "half"],
)
def test_what_is_no_photo_is_refused(raw, why):
    with pytest.raises(PhotoError) as refused:
        made_anew(BytesIO(raw), len(raw))
    assert refused.value.why == why


def test_a_size_that_lies_does_not_help():
    with pytest.raises(PhotoError) as refused:
        made_anew(BytesIO(b"\0" * (MOST_BYTES + 1)), 10)
    assert refused.value.why == "large"
