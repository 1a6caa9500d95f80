"""What all listeners share: the address they are given, the password that does not stand in it, and how they wait for what is away."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

AWAY = (OperationalError, InterfaceError)  # the database is away
UNSTORED = (DatabaseError, InterfaceError)  # for whatever reason: nothing is acknowledged, and it is tried again
LONGEST_PAUSE_S = 10.0


class BadAddress(Exception):
    """The address given to `manage.py listen` cannot be used, and why."""


class OutOfTurn(Exception):
    """Somebody else has stored these messages, or is about to."""


@dataclass(frozen=True, slots=True)
class Address:
    """`scheme://user@host:port/path?option=value`, taken apart."""

    scheme: str
    host: str
    port: int
    user: str
    path: str
    options: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


def address(url: str, ports: Mapping[str, int], options: Mapping[str, str]) -> Address:
    """`ports`: each scheme with its usual port. `options`: those that the door knows, with their defaults. Raises BadAddress."""
    parts = urlsplit(url)
    if parts.password is not None:
        raise BadAddress(
            "no password in the address, where others on this machine can see it: BIJOLI_LISTEN_PASSWORD_FILE names a file with it"
        )
    try:
        port = parts.port or ports[parts.scheme]
    except ValueError:
        raise BadAddress("the port is a number") from None
    if not parts.hostname:
        raise BadAddress(f"{parts.scheme}:// needs a host")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := set(given) - set(options):
        raise BadAddress(f"?{min(unknown)}= is not known here; there are {', '.join(sorted(options))}")
    return Address(parts.scheme, parts.hostname, port, unquote(parts.username or ""), parts.path.strip("/"), {**options, **given})


def password() -> str:
    """The broker's password, "" for none. Raises BadAddress where its file cannot be read."""
    if not settings.LISTEN_PASSWORD_FILE:
        return str(settings.LISTEN_PASSWORD)
    try:
        return Path(settings.LISTEN_PASSWORD_FILE).read_text().strip()
    except OSError as error:
        raise BadAddress(f"BIJOLI_LISTEN_PASSWORD_FILE: {error.strerror}") from None


def tls() -> ssl.SSLContext:
    """Checks the broker's certificate against the system's authorities, or those of BIJOLI_LISTEN_CA."""
    try:
        return ssl.create_default_context(cafile=settings.LISTEN_CA or None)
    except (OSError, ssl.SSLError) as error:
        raise BadAddress(f"BIJOLI_LISTEN_CA: {error}") from None


class Pause:
    """How long to wait before the next try: twice as long each time, up to ten seconds, and anew after a success."""

    def __init__(self, first: float = 0.2) -> None:
        self._first = self._next = first

    def again(self) -> float:
        seconds, self._next = self._next, min(2 * self._next, LONGEST_PAUSE_S)
        return seconds

    def reset(self) -> None:
        self._next = self._first
