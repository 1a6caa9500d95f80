"""What a recharge would come to, to the paisa: the head-end says what is due, the tariff splits the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from bijoli.core import money
from bijoli.core import tariff as rules
from bijoli.core.tariff import Quote, Tariff
from bijoli.metering.reads import PointView
from bijoli.payments import calls
from bijoli.payments.headend import head_end
from bijoli.tariffs.reads import book

WHOLE_TAKA = range(money.TAKA, 10_000_000 * money.TAKA, money.TAKA)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote, how many months of charges are in it, the tariff's first day, and the instant for which it holds."""

    split: Quote
    months: int
    tariff_since: date
    at: datetime

    @property
    def kept(self) -> dict[str, object]:
        """As the order keeps it."""
        names = ("gross", "vat", "demand", "rent", "arrears", "rebate", "credited")
        split = {name: getattr(self.split, name) for name in names}
        return {**split, "months": self.months, "tariff_since": self.tariff_since.isoformat(), "at": self.at.isoformat()}


def quote(point: PointView, gross: int, now: datetime) -> Quoted:
    """Splits a recharge of `gross` paisa for the meter of `point`.

    Raises HeadEndAway, HeadEndRefused, TariffError, and ValueError where no meter stands.
    """
    if point.meter_number is None:
        raise ValueError("no meter stands there")
    with calls.noted(calls.HEAD_END, "dues"):
        dues = head_end().dues(point.meter_number, now)
    tariff = book().at(point.tariff, timezone.localdate(now))
    return Quoted(_split(point, gross, tariff, dues.months, dues.arrears), dues.months, tariff.since, now)


def again(point: PointView, quoted: Quoted, gross: int) -> Quoted:
    """The quote of another amount with the same dues, for the same instant: the head-end is not asked again."""
    return replace(quoted, split=_split(point, gross, _tariff(point, quoted), quoted.months, quoted.split.arrears))


def least(point: PointView, quoted: Quoted, over: int = 0) -> int:
    """The smallest recharge in whole taka, as paisa, that puts more than `over` paisa on the meter with the dues of this quote."""
    due = {"months_due": quoted.months, "arrears": quoted.split.arrears}
    home = {"sanctioned_w": point.sanctioned_load_w, "phases": point.phases}
    return rules.least_gross(over + 1, _tariff(point, quoted), WHOLE_TAKA, **home, **due) or WHOLE_TAKA[-1]


def _tariff(point: PointView, quoted: Quoted) -> Tariff:
    return book().at(point.tariff, timezone.localdate(quoted.at))


def _split(point: PointView, gross: int, tariff: Tariff, months: int, arrears: int) -> Quote:
    return rules.quote(gross, tariff, sanctioned_w=point.sanctioned_load_w, phases=point.phases, months_due=months, arrears=arrears)
