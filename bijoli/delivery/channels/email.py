"""The utility's mail server, by an Apprise URL (mailto:// or mailtos://) in the file of BIJOLI_EMAIL (docs/sms.md).

The address that a message goes to is set on Apprise's object, never written into the URL: no address can add another.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bijoli.delivery.channels.apprised import safe, service_of, told
from bijoli.delivery.channels.gateway import Answer, checked_time

NAME = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`apprise` names server, user, password and sender. ValueError, which never repeats it, for anything that is no mail server."""

    apprise: str
    timeout_s: float = 20.0

    def __post_init__(self) -> None:
        checked_time(NAME, self.timeout_s)
        if not self.apprise.lower().startswith(("mailto://", "mailtos://")):
            raise ValueError(f"{NAME}: the Apprise URL must begin with mailtos:// or mailto://")
        service = service_of(self.apprise, self.timeout_s)
        if service is None:
            raise ValueError(f"{NAME}: Apprise does not understand the URL")
        safe(NAME, service)
        if service.cc or service.bcc or service.targets not in ([], [tuple(service.from_addr)]):
            raise ValueError(f"{NAME}: the Apprise URL names the sender alone, no recipients")

    def post(self, address: str, subject: str, body: str) -> Answer:
        """Hands over one message as plain text, within `timeout_s`."""
        service = service_of(self.apprise, self.timeout_s)
        service.targets = [(False, address)]
        return told(service, self.timeout_s, title=subject, body=body)


def offered() -> bool:
    """Whether anything goes by e-mail at all."""
    return bool(settings.EMAIL_FILE)


def server() -> MailServer:
    """That of the file. Raises ImproperlyConfigured."""
    return _read_file(settings.EMAIL_FILE)


@cache
def _read_file(path: str) -> MailServer:
    try:
        return MailServer(**tomllib.loads(Path(path).read_text(encoding="utf-8"))["email"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{path}: {type(error).__name__}: {error}") from None
