"""The port through which a sign-in code leaves for a phone. Channels are chosen by `BIJOLI_SMS`; `delivery` adds the SMS gateways.

A channel returns at once: what takes time goes through a queue of its own. Otherwise the time that an answer takes would
tell a known number from an unknown one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, override

from bijoli.customers import cookies
from bijoli.customers.models import Customer

DIGITS = 6
SECONDS = 180
Channel = Callable[[str, str, str], None]  # number in E.164, code, text of the message


def new_code() -> str:
    """Six digits of the operating system's random source."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def send_code(phone: str, code: str, language: str) -> None:
    """Sends the code to a customer's number, in their language. Raises ImproperlyConfigured where no channel is set."""
    send_text(phone, code, message(code, language))


def send_text(phone: str, code: str, text: str) -> None:
    """Sends a code in words of their own, for another purpose than sign-in. Raises ImproperlyConfigured where no channel is set."""
    channel = CHANNELS.get(settings.SMS_CHANNEL)
    if channel is None:
        raise ImproperlyConfigured("BIJOLI_SMS names no channel: codes cannot leave")
    channel(phone, code, text)


def message(code: str, language: str) -> str:
    """The text of the SMS. Its last line binds the code to our host, so that the phone fills it in here and nowhere else (WebOTP)."""
    with override(language):
        words = gettext("%(code)s is your %(app)s code. It works for 3 minutes. Never tell it to anyone, not even to us.")
    return f"{words % {'code': code, 'app': settings.UTILITY.short_name[language]}}\n\n@{host()} #{code}"


def host() -> str:
    """The site's name as the settings say it; never the request's, which anybody can write."""
    named = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return named[0] if named else "localhost"


def language_of(request: HttpRequest, customer: Customer | None) -> str:
    """The language chosen on this phone, else the customer's own, else the utility's first."""
    offered: tuple[str, ...] = settings.UTILITY.languages
    wishes = (cookies.value(request, "language"), customer.language if customer else "")
    return next((wish for wish in wishes if wish in offered), offered[0])


def console(phone: str, code: str, text: str) -> None:
    """Prints the code where the operator sees it. In the demo it can be asked for too: `manage.py code 01700000001`."""
    print(f"sign-in code for …{phone[-4:]}: {code}", flush=True)
    if settings.DEMO:
        cache.set(_key(phone), code, SECONDS)


def last_code(phone: str) -> str | None:
    """The demo's last code for a number; None where none was sent in three minutes, and outside of the demo."""
    return cache.get(_key(phone)) if settings.DEMO else None


def _key(phone: str) -> str:
    return f"code/{salted_hmac('bijoli.codes', phone, algorithm='sha256').hexdigest()}"


CHANNELS: dict[str, Channel] = {"console": console}
