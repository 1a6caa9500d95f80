"""Everything that is held about one person, as they may take it along. Each part that keeps such data adds what it keeps."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from bijoli.customers import deeds, limits, passkeys, sessions
from bijoli.customers.models import Access, Consent, Customer, Deed, Invitation
from bijoli.customers.rights import RIGHTS

Held = Callable[[int], object]
_held: dict[str, tuple[Held, frozenset[str]]] = {}
README = """What {app} holds about you, as of {now}.

Each file is JSON (UTF-8). Times are UTC, money is paisa (1/100 taka), energy is Wh, load is W. null means: not known.
Readings of a meter belong to its account, not to a person: the Usage pages give them as CSV and PDF.
"""


def add(name: str, make: Held, models: Iterable[str]) -> None:
    """A part of the app says what it holds of a customer (by id), and of which models that speaks ("app.Model")."""
    _held[name] = make, frozenset(models)


def covered() -> frozenset[str]:
    """Every model that some part speaks for; a test holds it against the models that name a customer."""
    return frozenset().union(*(models for _make, models in _held.values()))


def packed(customer_id: int, app: str, now: datetime) -> bytes:
    """A ZIP file with one JSON file for each part. Written down. Raises limits.TooOften."""
    limits.count("download", str(customer_id), now)
    with transaction.atomic():
        deeds.note("download", customer_id, now)
        parts = {name: make(customer_id) for name, (make, _models) in sorted(_held.items())}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed_file:
        packed_file.writestr("README.txt", README.format(app=app, now=now.isoformat()))
        for name, part in parts.items():
            packed_file.writestr(f"{name}.json", json.dumps(part, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
    return out.getvalue()


def rows(found: Any, *names: str) -> list[dict[str, Any]]:
    """A query set's rows with these columns."""
    return list(found.values(*names))


def _profile(customer_id: int) -> object:
    names = (
        "phone",
        "phone_verified_at",
        "name",
        "language",
        "theme",
        "quiet_from",
        "quiet_until",
        "fewer_sms",
        "email",
        "email_waiting",
        "by_email",
        "mutes_outages",
        "mutes_news",
        "created_at",
        "last_login",
    )
    return rows(Customer.objects.filter(pk=customer_id), *names)[0]


def _accounts(customer_id: int) -> object:
    names = (
        "account__number",
        "account__mode",
        "role",
        "nickname",
        "own_limit_paisa",
        "muted_kinds",
        "asked_kinds",
        "since",
        "until",
        "sees_from",
    )
    found = rows(Access.objects.filter(customer_id=customer_id).order_by("since"), *names, "ended_at")
    return [{**row, "rights": sorted(RIGHTS.get(row["role"], ()))} for row in found]


def _invitations(customer_id: int) -> object:
    """Those that the person made, with the numbers that they typed; and those to their own number."""
    phone = Customer.objects.values_list("phone", flat=True).get(pk=customer_id)
    names = ("account__number", "role", "until", "sees_from", "made_at", "expires_at", "answer", "answered_at")
    made = rows(Invitation.objects.filter(by_id=customer_id).order_by("made_at"), "phone", *names)
    return {"made": made, "received": rows(Invitation.objects.filter(phone=phone).order_by("made_at"), *names[1:])}


def _signed_in(customer_id: int) -> object:
    person = Customer.objects.get(pk=customer_id)
    return {
        "sessions": [{"browser": one.label, "since": one.since, "last_used": one.seen_at} for one in sessions.listed(person, None)],
        "passkeys": [{"name": one.name, "made": one.made_at, "last_used": one.used_at} for one in passkeys.listed(customer_id)],
    }


def _said(customer_id: int) -> object:
    return rows(Consent.objects.filter(customer_id=customer_id).order_by("at"), "purpose", "given", "version", "at")


def _done(customer_id: int) -> object:
    return rows(Deed.objects.filter(customer_id=customer_id).order_by("at"), "at", "what", "account__number", "facts")


add("profile", _profile, ["customers.Customer"])
add("accounts", _accounts, ["customers.Access"])
add("invitations", _invitations, ["customers.Invitation"])
add("signed-in", _signed_in, ["usersessions.UserSession", "mfa.Authenticator", "customers.OneTimeCode"])
add("consents", _said, ["customers.Consent"])
add("done", _done, ["customers.Deed"])
