"""From when on a person may see an account. The id that pages hold carries it, so that whoever reads by that id begins there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Self

from django.utils import timezone


class SeenId(int):
    """An account's id as one person may see it: what is read by it begins at `since` (a local midnight; None: all of it).

    Staff, alerts and the nightly rounds have plain ids and see all.
    """

    since: datetime | None

    def __new__(cls, account_id: int, since: datetime | None = None) -> Self:
        made = super().__new__(cls, account_id)
        made.since = since
        return made


def begins(account_id: int) -> datetime | None:
    """When what may be read by this id begins; None for a plain id and for one that shows all."""
    return account_id.since if isinstance(account_id, SeenId) else None


def first_day(account_id: int) -> date | None:
    """The same as a local day."""
    since = begins(account_id)
    return None if since is None else timezone.localdate(since)


def bounds(account_ids: Iterable[int]) -> tuple[list[int], list[datetime | None]]:
    """Two columns for a statement: plain ids, and when each begins."""
    asked = list(account_ids)
    return [int(one) for one in asked], [begins(one) for one in asked]


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return timezone.make_aware(datetime.combine(day, time()))
