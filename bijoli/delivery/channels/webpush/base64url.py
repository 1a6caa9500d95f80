"""Base64 as Web Push writes it: URL-safe and without padding (RFC 4648 section 5)."""

from __future__ import annotations

import base64
import re

ALPHABET = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of `text`, padded or not. Raises ValueError on any other character or a length that cannot be."""
    if not ALPHABET.fullmatch(text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
