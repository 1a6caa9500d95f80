"""Files that a page hands out: no cache keeps them, and their names tell nothing of whose they are."""

from __future__ import annotations

import re

from django.http import HttpResponse

NAME = re.compile(r"[a-z][a-z0-9-]*\.[a-z]+")


def download(filename: str, content: bytes, content_type: str) -> HttpResponse:
    """The content as a file to keep. `filename` is small letters, digits and dashes ("bijoli-usage-daily-2026-11.csv") and names no person
    and no account, since it stays on shared computers. Raises ValueError for another form."""
    if not NAME.fullmatch(filename):
        raise ValueError(f"{filename!r} is no plain file name")
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
