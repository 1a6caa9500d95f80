"""Passkeys: sign-in with a finger, a face or the phone's own lock. The ceremonies are allauth's and fido2's; what we allow is here."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth, flows
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from bijoli.customers.models import Customer
from bijoli.customers.preferences import one_line

log = logging.getLogger(__name__)
FRESH = 600  # seconds after a sign-in in which a passkey may be added without another code
LONGEST_NAME = 40
MOST = 10
LARGEST = 20_000  # characters of a credential; real ones take 1,000 to 3,000


class PasskeyRefused(Exception):
    """The browser's answer does not hold: another challenge, another site, an unknown key, or no credential at all."""


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """One passkey of a customer. `handle` names it in a form, and is worth nothing to anybody else."""

    handle: str
    name: str
    made_at: datetime
    used_at: datetime | None


def entry_options() -> dict[str, Any]:
    """What the browser needs to ask for a passkey at sign-in (PublicKeyCredentialRequestOptions); the challenge waits in the session."""
    options: dict[str, Any] = auth.begin_authentication(None)
    return options


def enter(request: HttpRequest, credential: str, redirect_url: str | None) -> HttpResponse:
    """Signs in whom the credential proves. Raises PasskeyRefused."""
    try:
        form = _checked(lambda: LoginWebAuthnForm({"credential": _object(credential)}))
    except PasskeyRefused:
        log.warning("a passkey did not hold", extra={"event": "signin.wrong_passkey"})
        raise
    authenticator = form.cleaned_data["credential"]
    login = Login(user=authenticator.user, redirect_url=redirect_url)
    response: HttpResponse = flows.perform_passwordless_login(request, authenticator, login)
    log.info("signed in by a passkey", extra={"event": "signin.passkey", "customer_id": authenticator.user_id})
    return response


def fresh(request: HttpRequest, customer: Customer) -> bool:
    """Whether this person proved who they are in the last ten minutes. A found, open phone must not gain a key of its own."""
    records = get_authentication_records(request, customer)
    return bool(records) and time.time() - records[-1]["at"] < FRESH


def creation_options(customer: Customer) -> dict[str, Any]:
    """What the browser needs to make a passkey that the phone keeps and unlocks (PublicKeyCredentialCreationOptions)."""
    options: dict[str, Any] = auth.begin_registration(customer, True)
    return options


def add(request: HttpRequest, customer: Customer, credential: str) -> None:
    """Keeps a new passkey under the device's name. Raises PasskeyRefused, also where ten are kept already."""
    if _of(customer.pk).count() >= MOST:
        raise PasskeyRefused
    form = _checked(lambda: AddWebAuthnForm({"credential": _object(credential), "passwordless": True}, user=customer))
    flows.add_authenticator(request, name=form.cleaned_data["name"][:LONGEST_NAME], credential=form.cleaned_data["credential"])


def listed(customer_id: int) -> list[PasskeyView]:
    """The customer's passkeys, the oldest first."""
    keys = _of(customer_id).order_by("created_at", "pk")
    return [PasskeyView(_handle(key), key.wrap().name, key.created_at, key.last_used_at) for key in keys]


def has_any(customer_id: int) -> bool:
    return bool(_of(customer_id).exists())


def rename(customer_id: int, handle: str, name: str) -> bool:
    """False where no passkey of theirs has the handle, or the name is empty."""
    tidy = one_line(name, LONGEST_NAME)
    for key in _of(customer_id):
        if tidy and _handle(key) == handle:
            key.wrap().name = tidy
            key.save(update_fields=["data"])
            return True
    return False


def remove(customer_id: int, handle: str) -> bool:
    """Forgets one. False where no passkey of theirs has the handle."""
    found = [key.pk for key in _of(customer_id) if _handle(key) == handle]
    return bool(_of(customer_id).filter(pk__in=found).delete()[0])


def _of(customer_id: int) -> Any:
    return Authenticator.objects.filter(user_id=customer_id, type=Authenticator.Type.WEBAUTHN)


def _handle(key: Any) -> str:
    return salted_hmac("bijoli.passkeys", str(key.pk), algorithm="sha256").hexdigest()[:24]


def _object(credential: str) -> str:
    """The JSON text again, if it is an object of a sane size."""
    try:
        if len(credential) <= LARGEST and isinstance(json.loads(credential), dict):
            return credential
    except (ValueError, RecursionError):
        pass
    raise PasskeyRefused


def _checked(make: Callable[[], Any]) -> Any:
    """The form, if it holds. fido2 reads what a stranger sent: its complaints about the shape are a refusal, no fault of ours."""
    try:
        form = make()
        if form.is_valid():
            return form
    except (KeyError, AttributeError, TypeError, ValueError, IndexError) as error:
        raise PasskeyRefused from error
    raise PasskeyRefused
