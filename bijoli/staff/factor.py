"""The second factor: six digits that an authenticator app shows (TOTP, RFC 6238), or one of ten recovery codes. Kept by allauth's models.

A passkey does not count here: a customer adds one after a code by SMS alone, so it proves no more than the SMS did.
The proof is bound to the session, to a cookie of its own (a session's key that leaked before opens nothing), and to the authenticator;
it ends after some hours, after idle time, and when the factor is set anew.
"""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import quote, urlencode

import qrcode
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.safestring import SafeString, mark_safe

from bijoli.core.phone import local
from bijoli.customers import limits
from bijoli.customers.models import Customer

MARK = "staff"  # in the session: when the factor was proved, when last seen, which authenticator
COOKIE = "staff"
SECRET = "staff_secret"  # noqa: S105 - the name of the session's entry: the secret that waits to be set up
STEP = 60  # seconds between two notes of "still here"


class TooManyTries(Exception):
    """Too many wrong codes; `seconds` until the next try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def authenticator(customer_id: int) -> Authenticator | None:
    """The person's authenticator app; None where none is set up."""
    found: Authenticator | None = Authenticator.objects.filter(user_id=customer_id, type=Authenticator.Type.TOTP).first()
    return found


def proved(request: HttpRequest, known: Authenticator) -> bool:
    """Whether this session proved this factor, not too long ago, and was not idle since. Notes that it is in use."""
    mark, now = request.session.get(MARK) or {}, int(time.time())
    if mark.get("key") != known.pk or not constant_time_compare(mark["token"], _hash(request.COOKIES.get(cookie(), ""))):
        return False
    if now - mark["proved"] >= settings.STAFF_HOURS * 3600 or now - mark["seen"] >= settings.STAFF_IDLE_MINUTES * 60:
        forget(request)
        return False
    if now - mark["seen"] >= STEP:
        request.session[MARK] = mark | {"seen": now}
    return True


def forget(request: HttpRequest) -> None:
    """Ends the staff's part of the session; what the person sees as a customer stays."""
    if MARK in request.session:
        del request.session[MARK]


def prove(request: HttpRequest, person: Customer, code: str) -> str:
    """ "app" or "recovery" where the code holds, and the session is open from now on; "" where it does not. Raises TooManyTries."""
    count_try(person)
    known = authenticator(person.pk)
    if known is None:
        return ""
    how = "app" if _app_code(known.pk, code) else "recovery" if _recovery_code(person, code) else ""
    if how:
        _open(request, known)
    return how


def new_secret() -> str:
    """160 random bits in base 32."""
    return str(generate_totp_secret())


def waiting_secret(request: HttpRequest) -> str:
    """The secret that this session sets up."""
    secret: str = request.session.get(SECRET) or new_secret()
    request.session[SECRET] = secret
    return secret


@transaction.atomic
def set_up(request: HttpRequest, person: Customer, code: str) -> bool:
    """Keeps the waiting secret, if the code is of it. The caller has checked the invitation."""
    secret = waiting_secret(request)
    counter = _counter(secret, code)
    if counter is None or authenticator(person.pk):
        return False
    known = _keep(person, secret, counter)
    del request.session[SECRET]
    _open(request, known)
    return True


def keep_secret(person: Customer, secret: str) -> None:
    """Sets up an authenticator whose secret is known here: for the demo's own person."""
    _keep(person, secret, 0)


def _keep(person: Customer, secret: str, counter: int) -> Authenticator:
    known: Authenticator = TOTP.activate(person, secret).instance
    known.data["counter"] = counter
    known.save(update_fields=["data"])
    RecoveryCodes.activate(person)
    return known


def recovery_codes(person: Customer, anew: bool = False) -> list[str]:
    """The codes that still work; `anew` makes ten others and voids the old ones."""
    if anew:
        Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(person).get_unused_codes()
    return codes


def take_away(customer_id: int) -> None:
    """The person has no second factor any more: no session that proved it is open, no recovery code works."""
    Authenticator.objects.filter(user_id=customer_id, type__in=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]).delete()


def address(person: Customer, secret: str) -> str:
    """What an authenticator app reads from the picture (otpauth, Google's key URI format)."""
    issuer = str(settings.UTILITY.short_name["en"])
    label = f"{issuer}:{local(person.phone, settings.UTILITY.country_code)}"
    return f"otpauth://totp/{quote(label)}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def picture(text: str) -> SafeString:
    """The QR code as SVG without styles of its own; black on white in every theme, for cameras."""
    code: Any = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    box = f'viewBox="0 0 {len(rows)} {len(rows)}" shape-rendering="crispEdges" aria-hidden="true"'
    drawn = f'<svg class="qr" {box}><rect width="100%" height="100%" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    return mark_safe(drawn)  # noqa: S308 - numbers of ours


def code_now(customer_id: int) -> str | None:
    """The code that the person's app shows now. For the demo alone; None elsewhere, and where none is set up."""
    known = authenticator(customer_id) if settings.DEMO else None
    if known is None:
        return None
    return f"{hotp_value(decrypt(known.data['secret']), int(time.time()) // 30):06}"


def count_try(person: Customer) -> None:
    """One try of an invitation or a code. Raises TooManyTries."""
    if seconds := limits.wait("factor", str(person.pk), timezone.now()):
        raise TooManyTries(seconds)


@transaction.atomic
def _app_code(key: int, code: str) -> bool:
    """Each code works once, and none that is older than one used (RFC 6238, 5.2)."""
    known = Authenticator.objects.select_for_update().get(pk=key)
    counter = _counter(decrypt(known.data["secret"]), code)
    if counter is None or counter <= known.data.get("counter", 0):
        return False
    known.data["counter"] = counter
    known.last_used_at = timezone.now()
    known.save(update_fields=["data", "last_used_at"])
    return True


def _counter(secret: str, code: str) -> int | None:
    """The half minute whose code this is, among those around now."""
    return next((at for at in yield_hotp_counters_from_time() if constant_time_compare(code, f"{hotp_value(secret, at):06}")), None)


def _recovery_code(person: Customer, code: str) -> bool:
    known = Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()
    return bool(known and len(code) > 6 and RecoveryCodes(known).validate_code(code))


def _open(request: HttpRequest, known: Authenticator) -> None:
    """`hand_over` must follow: without the cookie nothing is open."""
    now, token = int(time.time()), secrets.token_urlsafe(32)
    request.session[MARK] = {"proved": now, "seen": now, "key": known.pk, "token": _hash(token)}
    setattr(request, "_staff_token", token)  # noqa: B010 - Django's request has no such field to declare


def hand_over(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Gives the browser the cookie of a factor that this request proved. It is sent to the staff's pages alone."""
    if token := getattr(request, "_staff_token", ""):
        response.set_cookie(cookie(), token, path=reverse("admin:index"), secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


def cookie() -> str:
    """Its name. It is sent to the staff's pages alone, and so cannot be called `__Host-`."""
    return f"__Secure-{COOKIE}" if settings.HTTPS else COOKIE


def _hash(token: str) -> str:
    return salted_hmac("bijoli.staff", token, algorithm="sha256").hexdigest()
