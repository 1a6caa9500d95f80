"""Who is to be told about a meter, and on which phones."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db import connection

from bijoli.customers.access import LIVE_SQL
from bijoli.customers.alertchoices import MAY_BE_LEFT_OUT, MAY_BE_MUTED, ON_WISH

# The meter's open installation, its account, and every customer whose access is live. One row a person and meter.
LINKED = f"""
SELECT i.meter_id, customer.id, access.account_id, access.role, access.own_limit_paisa, access.muted_kinds, access.asked_kinds,
 customer.quiet_from, customer.quiet_until
FROM metering_installation i
JOIN metering_usagepoint p ON p.id = i.usage_point_id
JOIN customers_access access ON access.account_id = p.account_id
JOIN customers_customer customer ON customer.id = access.customer_id
WHERE i.meter_id = ANY(%(meters)s::bigint[]) AND i.removed_at IS NULL AND {LIVE_SQL}
ORDER BY i.meter_id, customer.id
"""
DEVICES = "SELECT customer_id, id FROM delivery_device WHERE customer_id = ANY(%s::bigint[]) AND gone_at IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as linked to one meter's account. Quiet hours are local times, the utility's own where the person has none."""

    customer_id: int
    account_id: int
    role: str
    own_limit_paisa: int | None
    muted: frozenset[str]
    asked: frozenset[str]
    quiet_from: time
    quiet_until: time

    def has_muted(self, code: str) -> bool:
        return code in MAY_BE_MUTED and code in self.muted

    def leaves_out(self, code: str) -> bool:
        """Whether the person does not want to be told of it at all."""
        return code in MAY_BE_LEFT_OUT and code in self.muted

    def has_not_asked(self, code: str) -> bool:
        """Whether it is pushed on wish alone, and this person has not wished it."""
        return code in ON_WISH and code not in self.asked

    def is_quiet(self, clock: time) -> bool:
        """Whether `clock` (local) lies in the quiet hours; they may pass midnight, and equal ends mean none."""
        return quiet(clock, self.quiet_from, self.quiet_until)


def quiet(clock: time, begin: time | None, end: time | None) -> bool:
    """Whether `clock` lies in a person's quiet hours, the utility's where they have none of their own."""
    if begin is None or end is None:
        begin, end = settings.UTILITY.quiet_from, settings.UTILITY.quiet_until
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


def linked(meter_ids: Collection[int], now: datetime) -> dict[int, list[Person]]:
    """By meter id: everyone with live access to the account where the meter stands now."""
    people: dict[int, list[Person]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINKED, {"meters": list(meter_ids), "now": now})
        for meter, *row in cursor.fetchall():
            people[meter].append(_person(*row))
    return people


def devices(customer_ids: Collection[int]) -> dict[int, list[int]]:
    """By customer id: the ids of the phones that are subscribed."""
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(DEVICES, [list(customer_ids)])
        for customer, device in cursor.fetchall():
            found[customer].append(device)
    return found


def _person(
    customer: int,
    account: int,
    role: str,
    limit: int | None,
    muted: str,
    asked: str,
    quiet_from: time | None,
    quiet_until: time | None,
) -> Person:
    """`muted` and `asked` are JSON text: Django leaves jsonb of a plain cursor undecoded."""
    if quiet_from is None or quiet_until is None:
        quiet_from, quiet_until = settings.UTILITY.quiet_from, settings.UTILITY.quiet_until
    return Person(customer, account, role, limit, frozenset(json.loads(muted)), frozenset(json.loads(asked)), quiet_from, quiet_until)
