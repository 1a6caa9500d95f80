"""The environment, read in one place. Each variable says what it is for; a test holds `docs/settings.md` to this list."""

from __future__ import annotations

import os
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    default: str
    purpose: str


KNOWN: dict[str, Variable] = {}


def text(name: str, default: str, purpose: str) -> str:
    KNOWN[name] = Variable(name, default, purpose)
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool, purpose: str) -> bool:
    given = text(name, "1" if default else "0", purpose).lower()
    if given not in {"0", "1", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name}={given!r}: say 1 or 0")
    return given in {"1", "true", "yes"}


def choice(name: str, default: str, offered: tuple[str, ...], purpose: str) -> str:
    given = text(name, default, purpose)
    if given not in offered:
        raise ImproperlyConfigured(f"{name}={given!r}: say {', '.join(offered)}")
    return given


def number(name: str, default: int, purpose: str) -> int:
    given = text(name, str(default), purpose)
    try:
        return int(given)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={given!r}: say a whole number") from None


def words(name: str, default: str, purpose: str) -> list[str]:
    return [word.strip() for word in text(name, default, purpose).split(",") if word.strip()]
