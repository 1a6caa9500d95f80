"""What goes with a complaint: the alert, the unexplained charge, the payment or the answer on power that it is about.

A form names them by their keys alone; what is kept is what we know of them, and only of what the person may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.customers.reads import AccountView
from bijoli.delivery import reads as delivery
from bijoli.delivery.views import NotificationView
from bijoli.delivery.wording import words
from bijoli.insight.snapshot import taken
from bijoli.metering import reads as metering
from bijoli.payments import reads as payments
from bijoli.payments.reads import OrderView
from bijoli.web import poweranswer
from bijoli.web.pages.why import name_of, next_month, told_of
from bijoli.web.person import customer_id
from bijoli.web.templatetags.bijoli import dayname, kw, language, taka, when


@dataclass(frozen=True, slots=True)
class _Told:
    """What the words of an alert need."""

    kind: str
    code: str
    at: datetime
    meter_number: str
    facts: dict[str, Any]


KEYS = ("alert", "charge", "order", "power")  # names of the form's fields and of the address's parameters


def facts(request: HttpRequest, mine: AccountView | None, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the keys name, as JSON; what is not the person's is left out."""
    makers = {"alert": _alert, "charge": _charge, "order": _order, "power": _power}
    made = [makers[key](request, mine, given[key]) for key in KEYS if given.get(key)]
    return [fact for fact in made if fact is not None]


def account_of(request: HttpRequest, given: Mapping[str, str]) -> UUID | None:
    """The account that an alert is about, which the form then chooses."""
    view = _notification(request, given.get("alert", ""))
    return view.account_public_id if view else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _notification(request: HttpRequest, key: str) -> NotificationView | None:
    public_id = _uuid(key)
    return delivery.one(customer_id(request), public_id) if public_id else None


def _alert(request: HttpRequest, mine: AccountView | None, key: str) -> dict[str, Any] | None:
    """An alert of the account that the complaint is about."""
    view = _notification(request, key)
    if view is None or view.stage_id is None or mine is None or view.account_id != mine.id:
        return None
    known = {name: view.facts.get(name) for name in ("balance_paisa", "load_w", "limit", "event_code") if view.facts.get(name) is not None}
    return {"kind": "alert", "id": str(view.public_id), "alert": view.kind, "code": view.code, "at": view.at.isoformat(), **known}


def _charge(request: HttpRequest, mine: AccountView | None, key: str) -> dict[str, Any] | None:
    """A day's sum of "why this charge", by the name that its row has there."""
    try:
        first = date.fromisoformat(key[:10]).replace(day=1)
    except ValueError:
        return None
    point = metering.points([mine.id]).get(mine.id) if mine else None
    known = told_of(point, first, min(next_month(first), timezone.localdate())) if first <= timezone.localdate() else None
    spans = known.spans if known else []
    span = next((one for place, one in enumerate(spans) if name_of(spans, place) == key), None)
    if span is None or span.why.remainder is None:
        return None
    return {"kind": "charge", "first": f"{span.first}", "last": f"{span.last}", "paisa": span.why.remainder, "sum": taken(span)}


def order_of(request: HttpRequest, given: Mapping[str, str]) -> OrderView | None:
    """The person's own payment that it is about."""
    public_id = _uuid(given.get("order", ""))
    return payments.order(customer_id(request), public_id) if public_id else None


def _order(request: HttpRequest, mine: AccountView | None, key: str) -> dict[str, Any] | None:
    order = order_of(request, {"order": key})
    if order is None:
        return None
    paid = {"paid_at": order.paid_at.isoformat()} if order.paid_at else {}
    made = {"kind": "order", "id": str(order.public_id), "number": order.number, "paisa": order.amount_paisa, "gateway": order.gateway}
    return made | {"state": order.state, "vend": order.vend, "at": order.created_at.isoformat(), **paid}


def _power(request: HttpRequest, mine: AccountView | None, _key: str) -> dict[str, Any] | None:
    """What we answered to "why is my power off?", asked anew."""
    return poweranswer.fact(mine, timezone.now()) if mine else None


# How they are said, to the customer and to the staff


def rows(kept: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Name and value, in the page's language."""
    sayers = {"alert": _say_alert, "charge": _say_charge, "order": _say_order, "power": poweranswer.said}
    return [row for fact in kept if fact.get("kind") in sayers for row in sayers[fact["kind"]](fact)]


def _say_alert(fact: dict[str, Any]) -> list[tuple[str, str]]:
    at = datetime.fromisoformat(fact["at"])
    view = _Told(fact["alert"], fact["code"], at, "", {name: fact[name] for name in fact if name not in ("kind", "id")})
    balance, load = fact.get("balance_paisa"), fact.get("load_w")
    more = [(gettext("Balance at the reading"), taka(balance) if balance is not None else "")]
    more += [(gettext("Load at the reading"), gettext("%(load)s kW") % {"load": kw(load)} if load is not None else "")]
    title = words(view, language(), gettext("Meter")).title
    return [(gettext("Alert"), f"{title} · {when(at)}"), *(row for row in more if row[1])]


def _say_charge(fact: dict[str, Any]) -> list[tuple[str, str]]:
    first, last = date.fromisoformat(fact["first"]), date.fromisoformat(fact["last"])
    days = dayname(last) if first == last else f"{dayname(first)} – {dayname(last)}"
    return [(gettext("Not explained"), f"{taka(abs(fact['paisa']))} · {days}")]


def _say_order(fact: dict[str, Any]) -> list[tuple[str, str]]:
    at = datetime.fromisoformat(fact.get("paid_at") or fact["at"])
    return [(gettext("Payment"), f"{taka(fact['paisa'])} · {when(at)}"), (gettext("Transaction ID"), fact["number"])]
