"""Says at start what sign-in is missing: `manage.py check`, and before each command."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from bijoli.customers.codes import CHANNELS


@register(Tags.security)
def sms_channel(**_: Any) -> list[CheckMessage]:
    """An unknown channel is an error; none at all, or codes on the console of a real utility, a warning."""
    chosen, offered = settings.SMS_CHANNEL, ", ".join(CHANNELS)
    if chosen and chosen not in CHANNELS:
        return [Error(f"BIJOLI_SMS={chosen!r} is no channel", hint=f"Say one of: {offered}.", id="customers.E001")]
    if not chosen:
        said = "No way for sign-in codes to leave: nobody can sign in"
        return [Warning(said, hint=f"Set BIJOLI_SMS (one of: {offered}), or BIJOLI_DEMO=1 to try it out.", id="customers.W001")]
    if chosen == "gateway" and not settings.SMS_GATEWAYS:
        return [Error("BIJOLI_SMS=gateway, and no gateway is set", hint="Set BIJOLI_SMS_GATEWAYS (docs/sms.md).", id="customers.E002")]
    if chosen == "console" and not settings.DEMO:
        return [Warning("Sign-in codes are printed on the console", hint="Fit for trials alone.", id="customers.W002")]
    return []
