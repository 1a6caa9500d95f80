"""How a home's month stands and where it goes: use so far, slab, date of the next crossing, the month's total, and money until a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from bijoli.core.forecast import Crossing, Profile, RunOut, Unknown, crossing, enough_until, month_total
from bijoli.core.forecast.purse import afford
from bijoli.core.forecast.runout import unknown
from bijoli.core.tariff import Position, Tariff, slab_position
from bijoli.insight import forecasts
from bijoli.insight.clock import Clock, local
from bijoli.insight.forecasts import profile_of
from bijoli.insight.homes import Home
from bijoli.insight.pricing import Tariffs


@dataclass(frozen=True, slots=True)
class Total:
    """Wh that the month will have used: likely, and the ends of the range."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The running month of one account, as of the register read at `at` (local). Wh, paisa for each kWh.

    `crossing` is when the end of the slab is reached, None where the month ends before; it and `total` are None where `unknown` says why
    nothing is forecast.
    """

    at: datetime
    month_wh: int
    position: Position
    tariff: Tariff
    crossing: Crossing | None
    total: Total | None
    unknown: Unknown | None


@dataclass(frozen=True, slots=True)
class Enough:
    """What the balance must be, at its own time, to last until the end of `day` by the upper end of the range; what it is. Paisa.

    `balance_paisa` holds what is paid and under way to the meter.
    """

    day: date
    need_paisa: int
    balance_paisa: int

    @property
    def short_paisa(self) -> int:
        """What is missing, 0 where the balance is enough. It is what must reach the meter, not what must be paid."""
        return max(0, self.need_paisa - self.balance_paisa)


@dataclass(frozen=True, slots=True)
class Raised:
    """A credit on top of the balance: what stood before (with what is under way), the Wh it buys, and when the whole ends."""

    balance_paisa: int
    units_wh: int | None
    ends: RunOut | Unknown


def outlook(home: Home, clock: Clock, tariffs: Tariffs) -> Outlook | None:
    """None where the month's use or the tariff is not known."""
    used, tariff = home.used_wh(clock), tariffs.find(home.tariff, local(clock.time).date())
    if used is None or home.register_at is None or tariff is None:
        return None
    at, profile, place = local(home.register_at), profile_of(home), slab_position(used, tariff)
    why = _why(profile, at, clock)
    if why or profile is None:
        return Outlook(at, used, place, tariff, None, None, why)
    reached = None if place.upto_wh is None else crossing(profile, at, used, place.upto_wh)
    return Outlook(at, used, place, tariff, reached, Total(*month_total(profile, at, used)), None)


def enough(home: Home, day: date, clock: Clock, tariffs: Tariffs) -> Enough | Unknown:
    """Whether the balance lasts until the end of a day, on the careful side; or why nothing is said."""
    if home.balance is None or home.balance_at is None:
        return Unknown("no_balance")
    used, at, profile = home.used_wh(clock), local(home.balance_at), profile_of(home)
    why = _why(profile, at, clock)
    if why or profile is None:
        return why or Unknown("few_days")
    if used is None or tariffs.find(home.tariff, at.date()) is None:
        return Unknown("few_days")
    charges = tariffs.charges(home.tariff, home.sanctioned_w, home.phases)
    need = enough_until(day, at, used, profile, tariffs.of(home.tariff), monthly_charges=charges)
    return Enough(day, need, home.balance + home.under_way)


def raised(home: Home, credited: int, clock: Clock, tariffs: Tariffs) -> Raised | None:
    """None where the balance is not known or too old. Units by the slabs that the balance and the credit reach in the running month."""
    if home.balance is None or home.balance_at is None or not clock.is_news(home.balance_at):
        return None
    before = home.balance + home.under_way
    used, tariff = home.used_wh(clock), tariffs.find(home.tariff, local(clock.time).date())
    units = None
    if used is not None and tariff is not None:
        units = int(afford(used, max(0, before + credited), tariff) - afford(used, max(0, before), tariff))
    return Raised(before, units, forecasts.of_home(replace(home, balance=home.balance + credited), clock, tariffs))


def _why(profile: Profile | None, at: datetime, clock: Clock) -> Unknown | None:
    """Why nothing is forecast from a reading at `at`."""
    if not clock.is_news(int(at.timestamp())):
        return Unknown("old_reading")
    return unknown(0, at, profile)
