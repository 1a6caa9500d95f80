"""How an account stands, in one plain word with an icon and a tone: never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.customers.reads import AccountView
from bijoli.metering.reads import PointView
from bijoli.payments.bills import BillView

SILENT_AFTER = timedelta(hours=6)  # no reading for so long: the meter is silent
OLD_AFTER = timedelta(hours=2)  # a value so old is marked as old
SOON_DAYS = 5  # before a bill's last day it is marked
PRESSING = ("off", "low", "", "mute", "good")  # tones, the worst first
OFF_FOR_CREDIT, OFF_FOR_LOAD, OFF = 2, 3, 4  # states of the meter's relay


@dataclass(frozen=True, slots=True)
class Standing:
    """`tone` is good, low, off, mute or empty (neutral); `hint` one sentence of what to do, or empty."""

    words: str
    icon: str
    tone: str
    hint: str = ""


def standing(mine: AccountView, point: PointView | None, now: datetime, due: Sequence[BillView] = ()) -> Standing:
    """The state that matters most of what is known. `due`: a postpaid account's open bills."""
    if point is None or point.last_at is None:
        return Standing(gettext("No reading yet"), "meter", "mute", gettext("The first reading of your meter will appear here by itself."))
    if point.relay in (OFF_FOR_CREDIT, OFF_FOR_LOAD, OFF):
        return _off(point.relay)
    if now - point.last_at > SILENT_AFTER:
        return Standing(
            gettext("Meter silent"), "silent", "mute", gettext("The meter has sent nothing since then; the values may have changed.")
        )
    if mine.mode == "postpaid":
        return bills_standing(due, timezone.localdate(now))
    return _by_balance(point.balance_paisa, mine.own_limit_paisa)


def bills_standing(due: Sequence[BillView], today: date) -> Standing:
    """How a postpaid account stands with its bills: the one that presses most."""
    if not due:
        return Standing(gettext("Nothing to pay"), "check", "good")
    return min((bill_standing(bill, today) for bill in due), key=lambda found: PRESSING.index(found.tone))


def bill_standing(bill: BillView, today: date) -> Standing:
    """How one bill stands on a day."""
    if bill.replaced:
        return Standing(gettext("Replaced"), "bill", "mute")
    if not bill.open:
        return Standing(gettext("Paid"), "check", "good")
    if bill.overdue:
        return Standing(gettext("Overdue"), "warn", "off")
    if bill.due_on == today:
        return Standing(gettext("Last day today"), "clock", "low")
    return Standing(gettext("To pay"), "bill", "low" if (bill.due_on - today).days <= SOON_DAYS else "")


def is_old(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at > OLD_AFTER


def _off(relay: int) -> Standing:
    if relay == OFF_FOR_CREDIT:
        return Standing(gettext("Power off"), "boltoff", "off", gettext("The balance is finished. Recharge to get power back."))
    if relay == OFF_FOR_LOAD:
        return Standing(
            gettext("Power off"), "boltoff", "off", gettext("The load was too high. Switch off some appliances before it returns.")
        )
    return Standing(
        gettext("Power off"), "boltoff", "off", gettext("The meter has switched the supply off. Call us if you do not know why.")
    )


def _by_balance(paisa: int | None, own_limit: int | None) -> Standing:
    if paisa is None:
        return Standing(gettext("Balance not known"), "meter", "mute", gettext("The meter has not told its balance yet."))
    if paisa <= 0:
        return Standing(gettext("Balance finished"), "warn", "off", gettext("The supply may stop. Please recharge."))
    if paisa < max(settings.UTILITY.thresholds.low_paisa, own_limit or 0):
        return Standing(gettext("Balance is low"), "warn", "low")
    return Standing(gettext("Good"), "check", "good")
