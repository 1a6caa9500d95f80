"""What a recharge would come to, to the paisa: the head-end says what is due, the tariff splits the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from bijoli.core import tariff as rules
from bijoli.core.tariff import Quote
from bijoli.metering.reads import PointView
from bijoli.payments import calls
from bijoli.payments.headend import head_end
from bijoli.tariffs.reads import book


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
    split = rules.quote(
        gross, tariff, sanctioned_w=point.sanctioned_load_w, phases=point.phases, months_due=dues.months, arrears=dues.arrears
    )
    return Quoted(split, dues.months, tariff.since, now)
