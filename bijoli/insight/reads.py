"""What pages may ask: forecasts, the month's outlook, the overload coach. Who may see an account is decided before asking.

Each is one query for all accounts that are asked for (the coach a few more, and some for a meter that no night has learnt yet); what is
not known says why, or is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bijoli.core.forecast import RunOut, Unknown
from bijoli.customers.seen import begins
from bijoli.insight import forecasts, homes
from bijoli.insight import outlook as month
from bijoli.insight.clock import Clock
from bijoli.insight.coach import Coach, coach
from bijoli.insight.homes import Home
from bijoli.insight.learning import learn_homes
from bijoli.insight.outlook import Enough, Outlook, Raised
from bijoli.insight.partly import as_seen
from bijoli.insight.pricing import Tariffs

__all__ = ["Coach", "Enough", "Outlook", "Raised", "coach", "enough_until", "forecast_of", "outlook", "raised"]


def forecast_of(account_ids: Sequence[int], now: datetime) -> dict[int, RunOut | Unknown]:
    """By account, for the prepaid ones at which a meter stands: when the balance ends (local times), or why nothing is said."""
    tariffs, clock = Tariffs(), Clock.at(now)
    found = _homes(account_ids, clock).items()
    return {account: forecasts.of_home(home, clock, tariffs) for account, home in found if home.prepaid}


def enough_until(account_id: int, day: date, now: datetime) -> Enough | Unknown:
    """Whether a prepaid account's balance lasts until the end of a local day."""
    clock = Clock.at(now)
    home = _homes([account_id], clock).get(account_id)
    return Unknown("no_balance") if home is None or not home.prepaid else month.enough(home, day, clock, Tariffs())


def outlook(account_id: int, now: datetime) -> Outlook | None:
    """How the account's month stands; None where its use so far is not known."""
    clock = Clock.at(now)
    home = _homes([account_id], clock).get(account_id)
    return month.outlook(home, clock, Tariffs()) if home else None


def raised(account_id: int, credited: int, now: datetime) -> Raised | None:
    """What `credited` paisa more would do for a prepaid account; None where no balance is known that it could be added to."""
    clock = Clock.at(now)
    home = _homes([account_id], clock).get(account_id)
    return month.raised(home, credited, clock, Tariffs()) if home and home.prepaid else None


def _homes(account_ids: Sequence[int], clock: Clock) -> dict[int, Home]:
    """By account, as the asker sees it. A home that came since the last night is learnt now: it shall not wait for the next one."""
    found = homes.by_account(account_ids, clock)
    if new := [home.meter_id for home in found.values() if home.made_day is None]:
        learn_homes(new, clock.now)
        found = homes.by_account(account_ids, clock)
    return found | {one: as_seen(found[one], since, clock) for one in account_ids if one in found and (since := begins(one))}
