"""How long balances last, asked of many homes at once: for the pages as a range, for the alert rules as seconds."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from bijoli.alerts.failures import where
from bijoli.core.alerts.low import RUN_OUT_CLOSE_S
from bijoli.core.alerts.model import Snapshot
from bijoli.core.forecast import Profile, ProfileError, RunOut, Unknown, run_out
from bijoli.core.forecast.quick import likely_end
from bijoli.core.forecast.runout import unknown
from bijoli.core.tariff import TariffError
from bijoli.insight import homes
from bijoli.insight.clock import Clock, local
from bijoli.insight.homes import Home
from bijoli.insight.pricing import Tariffs

DAY_S = 86_400
RULES_S = RUN_OUT_CLOSE_S + 1  # the rules look no further
PROFILE_DAYS = 3  # so old may `day_paisa` be, which looks a week ahead

log = logging.getLogger(__name__)


def of_home(home: Home, clock: Clock, tariffs: Tariffs) -> RunOut | Unknown:
    """When this home's balance ends, or why nothing is said. Local times."""
    if home.balance is None or home.balance_at is None:
        return Unknown("no_balance")
    if not clock.is_news(home.balance_at):
        return Unknown("old_reading")
    at, profile, used = local(home.balance_at), profile_of(home), home.used_wh(clock)
    if used is None:
        return unknown(home.balance, at, profile) or Unknown("few_days")
    utility = settings.UTILITY
    try:
        return run_out(
            home.balance,
            at,
            used,
            profile,
            tariffs.of(home.tariff),
            utility.protected,
            utility.holidays,
            credits_under_way=home.under_way,
            monthly_charges=tariffs.charges(home.tariff, home.sanctioned_w, home.phases),
        )
    except TariffError:
        return Unknown("few_days")


def profile_of(home: Home) -> Profile | None:
    """What was learnt of the home; None where that is nothing, or of another version."""
    try:
        return Profile.unpack(home.body) if home.body else None
    except ProfileError:
        return None


class Forecaster:
    """The forecast of the alert rules (`core.alerts.forecast.Forecast`). It never raises: what fails is not known."""

    def run_out_s(self, latest: Mapping[int, Snapshot], now: datetime) -> Mapping[int, int]:
        try:
            with transaction.atomic():  # a failed query must not spoil the caller's transaction
                return seconds(latest, now)
        except (OperationalError, InterfaceError):
            raise  # the database is away: that is not the forecast's to hide
        except Exception as error:
            log.error("no forecast for %d meters: %s", len(latest), where(error), extra={"event": "forecast.failed", "count": len(latest)})
            return {}


def seconds(latest: Mapping[int, Snapshot], now: datetime) -> dict[int, int]:
    """Seconds until each balance is likely used up, by meter; where that is more than 36 hours, so many at least. Unknown is left out."""
    found, tariffs, clock = {}, Tariffs(), Clock.at(now)
    asked = {
        meter: (seen.balance, seen.balance_at)
        for meter, seen in latest.items()
        if seen.balance is not None and seen.balance_at is not None and clock.is_news(seen.balance_at)
    }
    for meter, home in homes.by_meter(asked, clock).items():
        left = _seconds(home, *asked[meter], clock, tariffs) if home.prepaid else None
        if left is not None:
            found[meter] = left
    return found


def _seconds(home: Home, balance: int, balance_at: int, clock: Clock, tariffs: Tariffs) -> int | None:
    if home.body is None or home.day_paisa is None:
        return None
    paisa = balance + home.under_way
    at_least = _at_least(home, paisa, balance_at, clock)
    if at_least >= RULES_S:
        return at_least  # enough for the rules: most homes need no closer look
    used, profile, at = home.used_wh(clock), profile_of(home), local(balance_at)
    if used is None or profile is None or unknown(balance, at, profile):
        return None
    end = likely_end(paisa, at, used, profile, tariffs.of(home.tariff), tariffs.charges(home.tariff, home.sanctioned_w, home.phases))
    return max(at_least, RULES_S) if end is None else max(0, int(end.timestamp()) - clock.time)


def _at_least(home: Home, paisa: int, at: int, clock: Clock) -> int:
    """Seconds that a balance lasts in any case, by the dearest days that the profile likely has within the week after it was made."""
    if not home.day_paisa or home.made_day is None or clock.today - home.made_day > PROFILE_DAYS:
        return 0
    return paisa * DAY_S // home.day_paisa - max(0, clock.time - at)
