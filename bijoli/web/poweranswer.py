""" "Why is my power off?": gathers what is known of an account, asks the rule, and says its one answer with its one next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from bijoli.alerts import reads as alerts
from bijoli.core import whyoff
from bijoli.core.conditions import Relay
from bijoli.core.hours import protected_until
from bijoli.core.whyoff import Answer, Feeder, Known, why_off
from bijoli.customers.reads import AccountView
from bijoli.metering import reads as metering
from bijoli.metering.feeder import FeederView, feeder
from bijoli.metering.reads import PointView
from bijoli.notices import reads as notices
from bijoli.payments import reads as payments
from bijoli.web.asked import switch
from bijoli.web.templatetags.bijoli import ago, digits, taka, when, within

PAID_LATELY = timedelta(hours=24)
REPORT_AS = "no_supply"  # the category that a report begins with, where the utility has it


@dataclass(frozen=True, slots=True)
class Said:
    """The answer in words. `button` is (words, icon, address), None where there is nothing to do but wait; `hints` what to try first."""

    title: str
    text: str
    icon: str
    tone: str
    button: tuple[str, str, str] | None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What was gathered, and the rule's answer."""

    point: PointView | None
    near: FeederView | None
    known: Known
    answer: Answer


def find(mine: AccountView, now: datetime) -> Found:
    point = metering.points([mine.id]).get(mine.id)
    if point is None or point.meter_id is None:
        known = Known(now, has_meter=False)
        return Found(point, None, known, why_off(known))
    near = feeder(point.meter_id, point.last_at, point.division, point.feeder, now)
    open_now = {one.kind: one for one in alerts.open_episodes([point.meter_id]).get(point.meter_id, [])}
    overload, tamper = open_now.get("overload"), open_now.get("tamper")
    local = now.astimezone(ZoneInfo(settings.UTILITY.zone))
    known = Known(
        now=now,
        prepaid=mine.mode == "prepaid",
        relay=Relay(point.relay),
        balance=point.balance_paisa,
        last_at=point.last_at,
        failed_at=near.own_failed_at,
        paid_at=payments.under_way([point.meter_id], now - PAID_LATELY).get(point.meter_id),
        tamper_since=tamper.opened_at if tamper else None,
        overload_since=overload.opened_at if overload else None,
        trips_many=overload is not None and overload.code == "O3",
        planned_until=notices.planned_until(mine.id, now),
        protected_until=protected_until(local, settings.UTILITY.protected, settings.UTILITY.holidays),
        feeder=Feeder(near.meters, near.failed, near.silent, near.others_speak, near.since),
    )
    return Found(point, near, known, why_off(known))


def say(mine: AccountView, found: Found) -> Said:
    answer = found.answer
    title, text = words(answer, found.known)
    icon, tone = LOOKS[answer.cause]
    return Said(title, text, icon, tone, _button(mine, answer), _hints(answer))


LOOKS = {
    whyoff.NO_METER: ("meter", "mute"),
    whyoff.NO_READING: ("meter", "mute"),
    whyoff.PLANNED: ("clock", "low"),
    whyoff.FEEDER: ("boltoff", "off"),
    whyoff.ON_ITS_WAY: ("clock", ""),
    whyoff.CREDIT: ("wallet", "off"),
    whyoff.OVERLOAD: ("gauge", "off"),
    whyoff.TAMPER: ("shield", "off"),
    whyoff.SWITCHED_OFF: ("boltoff", "off"),
    whyoff.OWN_LINE: ("boltoff", "off"),
    whyoff.SILENT: ("silent", "mute"),
    whyoff.CREDIT_SOON: ("warn", "low"),
    whyoff.SUPPLY_ON: ("check", "good"),
}


def words(answer: Answer, known: Known) -> tuple[str, str]:
    """Title and sentence of an answer."""
    since = within(answer.since) if answer.since else ""
    until = within(answer.until) if answer.until else ""
    return (_of_switch(answer, known, since) | _of_line(known, since, until))[answer.cause]


def _of_switch(answer: Answer, known: Known, since: str) -> dict[str, tuple[str, str]]:
    many = gettext("It has switched off again and again. Call us: the supply may have to be switched on by our people.")
    lower = gettext(
        "More was drawn than your sanctioned load allows. Switch off the large appliances; the meter then comes back by itself."
    )
    return {
        whyoff.CREDIT: (
            gettext("The balance is finished"),
            gettext("The meter has switched the supply off. It comes back by itself after a recharge."),
        ),
        whyoff.ON_ITS_WAY: (
            gettext("Your recharge is on its way"),
            gettext("It was paid %(when)s and is going to the meter. The power returns as soon as it arrives.") % {"when": since},
        ),
        whyoff.OVERLOAD: (gettext("The load was too high"), many if answer.step == whyoff.CALL else lower),
        whyoff.TAMPER: (
            gettext("The meter has locked itself"),
            gettext("It noticed something unusual: a signal, and no accusation. Only our people can open it again. Please call."),
        ),
        whyoff.SWITCHED_OFF: (
            gettext("The meter has switched the supply off"),
            gettext("The reason is not known here. Please call: our people see more."),
        ),
    }


def _of_line(known: Known, since: str, until: str) -> dict[str, tuple[str, str]]:
    on = gettext("It reported %(when)s that the supply is on. The fault is likely behind the meter, in your own wiring.") % {"when": since}
    many = gettext("Many meters on your line are without power%(since)s. We know of it; you need not report it.")
    return {
        whyoff.PLANNED: (gettext("Planned work in your area"), gettext("The power is expected back %(when)s.") % {"when": until}),
        whyoff.FEEDER: (
            gettext("Power is out in your area"),
            many % {"since": gettext(" since %(when)s") % {"when": since} if since else ""},
        ),
        whyoff.OWN_LINE: _own_line(known, since),
        whyoff.SILENT: (gettext("Your meter is silent"), _silent(known, since)),
        whyoff.CREDIT_SOON: (gettext("The balance is finished"), _soon(until)),
        whyoff.SUPPLY_ON: (gettext("Power reaches your meter"), on),
        whyoff.NO_READING: (
            gettext("Your meter has not reported yet"),
            gettext("So we cannot see from here what is wrong. Tell us, so that somebody looks."),
        ),
        whyoff.NO_METER: (gettext("No meter is known here"), gettext("Please call: our people see more.")),
    }


def _own_line(known: Known, since: str) -> tuple[str, str]:
    """Of the neighbours is said only what they said."""
    if known.feeder.well:
        words = gettext("Your meter said %(when)s that no power reaches it, and your neighbours have power.")
        return gettext("Only your home seems to be without power"), words % {"when": since}
    words = gettext("Your meter said so %(when)s. Of your neighbours we know too little. Tell us, so that somebody looks.")
    return gettext("No power reaches your meter"), words % {"when": since}


def _silent(known: Known, since: str) -> str:
    if known.feeder.well:
        words = gettext("It last reported %(when)s, and your neighbours' meters do report. Tell us, so that somebody looks.")
    else:
        words = gettext("It last reported %(when)s. From here we cannot see more. Tell us, so that somebody looks.")
    return words % {"when": since}


def _soon(until: str) -> str:
    if until:
        return gettext("The meter had not switched off yet. Until %(when)s it should not; recharge before.") % {"when": until}
    return gettext("The meter may switch off at any moment, or has just done so. Recharge, and it comes back by itself.")


def _button(mine: AccountView, answer: Answer) -> tuple[str, str, str] | None:
    report = f"{reverse('web:new_complaint')}?account={mine.public_id}&category={REPORT_AS}&power=1"
    call = (gettext("Call %(number)s") % {"number": digits(settings.UTILITY.hotline)}, "phone", f"tel:{settings.UTILITY.hotline}")
    return {
        whyoff.RECHARGE: (gettext("Recharge now"), "wallet", reverse("web:recharge", args=[mine.public_id])),
        whyoff.LOWER_LOAD: (gettext("See your load"), "gauge", reverse("web:usage_load", args=[mine.public_id])),
        whyoff.CALL: call,
        whyoff.REPORT: (gettext("Report it"), "chat", report) if mine.complains else call,
        whyoff.CHECK: (gettext("Still no power? Report it"), "chat", report) if mine.complains else call,
        whyoff.WAIT: None,
    }[answer.step]


def _hints(answer: Answer) -> tuple[str, ...]:
    if answer.cause not in (whyoff.SUPPLY_ON, whyoff.OWN_LINE, whyoff.SILENT):
        return ()
    main = gettext("Look at your main switch and the fuses: is one of them off? Touch no open wire.")
    return main, gettext("Do your neighbours have power?")


def looked_at(mine: AccountView, found: Found) -> list[tuple[str, str]]:
    """What the answer stands on."""
    known, unknown = found.known, gettext("not known")
    neighbours = unknown
    if found.near and found.near.meters > 1:
        out = {"out": digits(max(found.near.failed, found.near.silent)), "all": digits(found.near.meters)}
        neighbours = gettext("%(out)s of %(all)s without power or silent") % out
    rows = [(gettext("Switch in the meter"), switch(known.relay))]
    rows += [(gettext("Balance"), taka(known.balance) if known.balance is not None else unknown)] if known.prepaid else []
    rows += [(gettext("Last report of the meter"), f"{when(known.last_at)} · {ago(known.last_at)}" if known.last_at else unknown)]
    rows += [(gettext("Meters on your line"), neighbours)]
    return rows if known.has_meter else []


def fact(mine: AccountView, now: datetime) -> dict[str, Any]:
    """The answer as it goes with a complaint."""
    found = find(mine, now)
    last = {"last_at": found.known.last_at.isoformat()} if found.known.last_at else {}
    return {"kind": "power", "cause": found.answer.cause, "at": now.isoformat(), "relay": int(found.known.relay), **last}


def said(kept: dict[str, Any]) -> list[tuple[str, str]]:
    """The rows of such a fact."""
    at = datetime.fromisoformat(kept["at"])
    title, _text = words(Answer(kept["cause"], whyoff.REPORT), Known(at))
    rows = [(gettext("Our answer then"), f"{title} · {when(at)}")]
    if last := kept.get("last_at"):
        rows.append((gettext("Last report of the meter"), when(datetime.fromisoformat(last))))
    return rows
