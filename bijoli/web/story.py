"""What the detail page of a notification shows beyond its words: values and limits, the loads around, the stages, one action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from bijoli.alerts import reads as alerts
from bijoli.core import bangla
from bijoli.customers.reads import AccountView
from bijoli.customers.seen import begins
from bijoli.delivery.views import NotificationView
from bijoli.delivery.words import storm
from bijoli.insight import reads as insight
from bijoli.metering import reads as metering
from bijoli.web import coachcard, slabstory, timeline
from bijoli.web.chart import Bar, bars
from bijoli.web.templatetags.bijoli import digits, kw, language, taka, when
from bijoli.web.timeline import UNMEASURED

BEFORE, AFTER = timedelta(hours=2), timedelta(hours=1)  # loads shown around an overload
FEWEST_BARS, MOST_BARS = 3, 12
NAMED = 3  # every third bar, counted from the cause, has its time under it


@dataclass(frozen=True, slots=True)
class Loads:
    """The loads around an overload: picture, names under the bars, what the dashed line means, and the rows of the table."""

    picture: SafeString
    names: list[tuple[str, bool]]
    legend: str
    rows: list[Bar]


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do now."""

    name: str
    icon: str
    url: str


def context(view: NotificationView, action: str, account: AccountView | None) -> dict[str, object]:
    """Everything that the page needs beside the entry itself; `action` as the words name it, `account` as the person sees it."""
    since = begins(account.id) if account else None
    return {
        "place": view.account_name or (gettext("Account %(number)s") % {"number": view.account_number} if view.account_number else ""),
        "kind": kind(view.kind),
        "facts": facts(view),
        "loads": loads(view, since) if _is_overload(view) and view.meter_id is not None else None,
        "coach": coachcard.card(insight.coach(account.id, timezone.now())) if _is_overload(view) and account else None,
        "stages": alerts.story(view.stage_id, since) if view.stage_id is not None else [],
        "steps": timeline.steps(view),
        "took": timeline.took(view),
        "action": _action(view, action),
    }


def _is_overload(view: NotificationView) -> bool:
    return view.kind == "overload"


def kind(name: str) -> str:
    return {
        "low": gettext("Balance is low"),
        "zero": gettext("Balance finished"),
        "overload": gettext("Overload"),
        "tamper": gettext("Signal from the meter"),
        "slab": gettext("Price steps"),
        "pay": gettext("Payment"),
        "bill": gettext("Bill"),
        "closed": gettext("Recharge closed"),
        "share": gettext("Shared account"),
        "notice": gettext("Notice"),
        "storm": gettext("Your line"),
    }.get(name, gettext("Test message"))


def facts(view: NotificationView) -> list[tuple[str, str]]:
    """The reading, its time, and the rule's limit, where they are known."""
    known = view.facts
    load, balance, limit = _number(known, "load_w"), _number(known, "balance_paisa"), _number(known, "limit")
    rows = [
        (gettext("Balance at the reading"), taka(balance) if balance is not None and view.kind in ("low", "zero", "closed") else ""),
        (
            gettext("Load at the reading"),
            gettext("%(load)s kW") % {"load": kw(load)} if load is not None and view.kind == "overload" else "",
        ),
        (gettext("Limit of this alert"), taka(limit) if limit is not None and view.kind == "low" else ""),
        (gettext("Sanctioned load"), gettext("%(load)s kW") % {"load": kw(_sanctioned(view))} if view.kind == "overload" else ""),
        (gettext("Times reported"), digits(known["counter"]) if view.kind == "tamper" and _number(known, "counter") else ""),
        *(slabstory.rows(known) if view.kind == "slab" else []),
        (gettext("Code of the event"), str(known.get("event_code") or "")),
        (gettext("Time of the reading"), when(view.at) if view.kind not in UNMEASURED and view.code != "C0" else ""),
        (gettext("Amount"), taka(_number(known, "paisa")) if view.kind in ("pay", "bill") else ""),
        (gettext("Number"), str(known.get("number", "")) if view.kind == "pay" else ""),
        (gettext("Accounts"), ", ".join(storm.rest(known)) if view.kind == "storm" else ""),
    ]
    return [(name, value) for name, value in rows if value]


def _number(known: dict[str, object], key: str) -> int | None:
    value = known.get(key)
    return value if isinstance(value, int) else None


def _sanctioned(view: NotificationView) -> int | None:
    return _number(view.facts, "sanctioned_w") or _number(view.facts, "limit")


def loads(view: NotificationView, since: datetime | None = None) -> Loads | None:
    """The loads around an overload, none before `since`, with the sanctioned load as a line; None where too few are known."""
    begin = max(view.at - BEFORE, since or view.at - BEFORE)
    found = metering.loads(view.meter_id, begin, view.at + AFTER) if view.meter_id is not None else []
    near = sorted(sorted(found, key=lambda pair: abs(pair[0] - view.at))[:MOST_BARS])
    if len(near) < FEWEST_BARS:
        return None
    limit = _sanctioned(view)
    cause = min(near, key=lambda pair: abs(pair[0] - view.at))[0]
    rows = [_bar(at, load, at == cause, limit) for at, load in near]
    label = "" if limit is None else gettext("Sanctioned load %(load)s kW") % {"load": kw(limit)}
    middle = next(place for place, row in enumerate(rows) if row.now)
    names = [(row.short if (place - middle) % NAMED == 0 else "", row.now) for place, row in enumerate(rows)]
    return Loads(bars(rows, gettext("Load before and after the alert"), 150, limit), names, label, rows)


def _bar(at: datetime, load: int, now: bool, limit: int | None) -> Bar:
    local, speak = timezone.localtime(at), language()
    short = bangla.digits(f"{local.hour % 12 or 12}:{local:%M}", speak)
    return Bar(bangla.clock(local, speak), load, bangla.kw(load, speak), short, now=now, over=limit is not None and load > limit)


def _action(view: NotificationView, name: str) -> Action | None:
    if name == "call":
        number = digits(settings.UTILITY.hotline)
        return Action(gettext("Call %(number)s") % {"number": number}, "phone", f"tel:{settings.UTILITY.hotline}")
    if name == "pay":
        return Action(gettext("See the payment"), "wallet", reverse("web:pay", args=[str(view.facts["order"])]))
    if name == "profile":
        return Action(gettext("See the invitation"), "people", reverse("profile"))
    if view.account_public_id is None or name not in ("recharge", "usage", "bill"):
        return None
    if name == "bill":
        return Action(gettext("See the bill"), "bill", reverse("web:bill", args=[view.account_public_id, str(view.facts["bill"])]))
    words, icon = {"recharge": (gettext("Recharge now"), "wallet"), "usage": (gettext("See your use"), "usage")}[name]
    return Action(words, icon, reverse(f"web:{name}", args=[view.account_public_id]))
