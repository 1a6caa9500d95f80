"""The utility's accent as the few colours that a page needs, in one small style sheet that the Content-Security-Policy names by its hash.

Contrast by WCAG 2.2, relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from django.conf import settings

SURFACES = ("#ffffff", "#191f1d")  # light, dark: as in app.css
SOFT_SHARE = (0.12, 0.16)
LETTERS = ("#ffffff", "#06201e")


@cache
def style() -> str:
    """`:root{--accent:…}` for light, and for dark by the system or by the person's own choice."""
    light, dark = (_variables(*pair) for pair in zip(settings.UTILITY.accent, SURFACES, SOFT_SHARE, strict=True))
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}:root[data-theme=dark]{{{dark}}}"


@cache
def source() -> str:
    """The style sheet's hash as a source expression of CSP."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()}'"


def _variables(accent: str, surface: str, share: float) -> str:
    letters = max(LETTERS, key=lambda colour: contrast(colour, accent))
    return f"--accent:{accent};--on-accent:{letters};--accent-soft:{mix(accent, surface, share)}"


def mix(colour: str, ground: str, share: float) -> str:
    """`share` of the colour laid over the ground."""
    parts = (round(a * share + b * (1 - share)) for a, b in zip(_rgb(colour), _rgb(ground), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrast(one: str, other: str) -> float:
    """1 to 21; text needs 4.5."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
