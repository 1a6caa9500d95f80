"""Why something was told or not, in words: the rules' reasons, the deliveries' reasons, how alerts end."""

from __future__ import annotations

from django.utils.translation import gettext

from bijoli.metering.models import Relay
from bijoli.staff.desks import say


def kind(key: str) -> str:
    """An alert's kind."""
    return {
        "low": gettext("Balance is low"),
        "zero": gettext("Balance finished"),
        "overload": gettext("Overload"),
        "tamper": gettext("Signal from the meter"),
        "slab": gettext("Price steps"),
        "pay": gettext("Payments"),
        "bill": gettext("Bill"),
        "closed": gettext("Recharge closed"),
        "notice": gettext("Notice"),
        "case": gettext("Complaints"),
        "test": gettext("Test message"),
    }.get(key, key)


def decision(reason: str) -> str:
    """Why a stage was told or not; the key itself for one that is not known here. Empty is told."""
    return {
        "": gettext("told"),
        "late": gettext("in the app only: the reading came more than six hours late"),
        "centre only": gettext("in the app only: this stage never rings"),
        "gap": gettext("not told again: the same was told shortly before"),
        "told by restored": gettext("not told: “electricity is back” says it"),
        "flap": gettext("not told: it came and went too often, and is watched until it stays away"),
        "recharge": gettext("not told: a recharge is paid and on its way"),
        "storm": gettext("not told by itself: one message for the whole feeder"),
        "outage": gettext("not told by itself: the feeder is off"),
        "work order": gettext("held back: colleagues work at this meter"),
    }.get(reason, reason)


def push(reason: str) -> str:
    """Why a push did not leave or did not arrive; what the network said stays as it was said."""
    return {
        "": "",
        "no device": gettext("notifications are not on for any phone of the person"),
        "opted out": gettext("the person has switched this alert off"),
        "not asked for": gettext("pushed only to those who ask for it"),
        "read": gettext("the person had read it already"),
        "access ended": gettext("the person may no longer see the account"),
        "device gone": gettext("the phone was taken off the list"),
        "host not allowed": gettext("the push service is not one that we send to"),
        "push service paused": gettext("the push service had trouble: sent later"),
        "cannot be rendered": gettext("the message could not be made: look at the log"),
        "told since": gettext("something graver was told since"),
        "quiet": gettext("it was night, and in the morning no longer worth it"),
        "seen": gettext("the person had seen it already"),
        "limit of the person": gettext("the person got as many today as the limit allows"),
        "limit of the day": gettext("as many left today as the limit allows"),
        "Apprise said no": gettext("the service did not say that it took it"),
        "no answer in time": gettext("the service did not answer in time"),
        "HTTP 404": gettext("the push service no longer knows the phone"),
        "HTTP 410": gettext("the phone has ended its subscription"),
        "HTTP 413": gettext("the push service found it too large"),
        "HTTP 429": gettext("the push service asked to wait"),
    }.get(reason) or decision(reason)


def ended(why: str) -> str:
    """How an alert ended."""
    return {
        "recovered": gettext("it is over"),
        "superseded": gettext("a graver alert took its place"),
        "finding": gettext("staff looked and noted what they found"),
        "removed": gettext("the meter was taken away"),
    }.get(why, why)


def relay(value: int) -> str:
    """The disconnect switch; a dash where it is not known."""
    return {
        Relay.CLOSED: gettext("on"),
        Relay.OPEN_CREDIT: gettext("off: balance finished"),
        Relay.OPEN_OVERLOAD: gettext("off: overload"),
        Relay.OPEN_OTHER: gettext("off"),
    }.get(Relay(value), say.UNKNOWN)


def event(key: str, code: str) -> str:
    """A meter's signal by its meaning."""
    names = {
        "supply_off": gettext("the supply was switched off"),
        "supply_on": gettext("the supply was switched on"),
        "overload": gettext("overload"),
        "low_balance": gettext("balance is low"),
        "zero_balance": gettext("balance finished"),
        "emergency_credit": gettext("emergency credit in use"),
        "power_fail": gettext("no power at the meter"),
        "power_restore": gettext("power is back at the meter"),
        "low_voltage": gettext("voltage too low"),
        "over_voltage": gettext("voltage too high"),
        "tamper_cover": gettext("cover opened"),
        "tamper_magnet": gettext("magnet near the meter"),
        "tamper_neutral": gettext("neutral disturbed"),
        "tamper_current": gettext("current reversed or bypassed"),
        "tamper_comm": gettext("communication module taken off or failed"),
        "meter_fault": gettext("fault in the meter"),
        "config_change": gettext("settings changed"),
        "info": gettext("for information"),
    }
    return names.get(key) or (key.replace("_", " ") if key else gettext("unmapped code %(code)s") % {"code": code})
