"""Whom a notice goes to: usage points by feeder, division or account, and the persons who may see an account there now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from bijoli.customers.access import LIVE_SQL
from bijoli.customers.models import Account

MOST_NUMBERS = 20_000  # of a list


@dataclass(frozen=True, slots=True)
class Audience:
    """At least one of the three is not empty. `bounds` empty: everywhere."""

    feeders: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    bounds: tuple[str, ...] = ()

    def values(self) -> dict[str, list[str] | list[int]]:
        """What POINTS asks for."""
        return {
            "feeders": list(self.feeders),
            "divisions": list(self.divisions),
            "accounts": list(self.accounts),
            "bounds": list(self.bounds),
        }


@dataclass(frozen=True, slots=True)
class Count:
    """How many accounts, how many persons who are told, how many phones ring; and in which divisions the accounts lie.

    `muted`: so many of the persons have switched pushes of this kind off, and read it in the app alone. `more`: only the persons of some
    of the accounts were counted, and their phones.
    """

    accounts: int
    persons: int
    phones: int
    divisions: tuple[str, ...]
    muted: int = 0
    more: bool = False


POINTS = """((p.feeder = ANY(%(feeders)s) OR p.division = ANY(%(divisions)s) OR p.account_id = ANY(%(accounts)s::bigint[]))
 AND (cardinality(%(bounds)s::text[]) = 0 OR p.division = ANY(%(bounds)s)))"""
_DIVISIONS = f"SELECT p.division, count(*) FROM metering_usagepoint p WHERE {POINTS} GROUP BY 1 ORDER BY 1"
_PERSONS = f"""
WITH points AS MATERIALIZED (SELECT p.account_id FROM metering_usagepoint p WHERE {POINTS} LIMIT %(most)s),
persons AS MATERIALIZED (
  SELECT DISTINCT access.customer_id, CASE WHEN %(outage)s THEN customer.mutes_outages ELSE customer.mutes_news END AS muted
  FROM points JOIN customers_access access ON access.account_id = points.account_id
  JOIN customers_customer customer ON customer.id = access.customer_id WHERE {LIVE_SQL})
SELECT (SELECT count(*) FROM persons),
 (SELECT count(*) FROM delivery_device d JOIN persons ON persons.customer_id = d.customer_id WHERE d.gone_at IS NULL AND NOT persons.muted),
 (SELECT count(*) FROM persons WHERE muted)"""
_FEEDERS = """
SELECT DISTINCT p.feeder FROM metering_usagepoint p WHERE p.feeder = ANY(%(feeders)s)
 AND (cardinality(%(bounds)s::text[]) = 0 OR p.division = ANY(%(bounds)s))"""


def count(audience: Audience, now: datetime, *, outage: bool, most: int | None = None) -> Count:
    """Whom a planned outage, or another notice, reaches.

    `most`: of so many accounts at most persons and phones are counted, as a preview must not take seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIVISIONS, audience.values())
        divisions = dict(cursor.fetchall())
        cursor.execute(_PERSONS, {**audience.values(), "now": now, "outage": outage, "most": most})
        persons, phones, muted = cursor.fetchone()
    accounts = sum(divisions.values())
    return Count(accounts, persons, phones, tuple(divisions), muted, most is not None and accounts > most)


def unknown_feeders(feeders: Collection[str], bounds: Collection[str]) -> list[str]:
    """Those of the feeders on which nothing lies, within the bounds."""
    with connection.cursor() as cursor:
        cursor.execute(_FEEDERS, {"feeders": list(feeders), "bounds": list(bounds)})
        known = {name for (name,) in cursor.fetchall()}
    return [name for name in feeders if name not in known]


def accounts_of(numbers: Collection[str], bounds: Collection[str]) -> tuple[list[int], list[str]]:
    """The keys of accounts with these numbers, within the bounds; and the numbers that have none."""
    rows = Account.objects.filter(number__in=list(numbers))
    if bounds:
        rows = rows.filter(usage_point__division__in=list(bounds))
    found = dict(rows.values_list("number", "pk"))
    return sorted(found.values()), [number for number in numbers if number not in found]
