"""What each role may see and do with an account: the one table. Pages, alerts, pushes and files all ask it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q

from bijoli.customers.access import live


class Right(StrEnum):
    """One thing that a role allows."""

    BALANCE = "balance"  # balance, how long it lasts, bills
    USE = "use"  # readings: hours, days, months, loads, and what the meter signals
    RECHARGES = "recharges"  # recharges that others paid, with their tokens; one's own everyone sees
    PAY = "pay"
    COMPLAIN = "complain"  # "this is wrong", "why this charge"
    SHARE = "share"  # who else has access


RIGHTS: dict[str, frozenset[Right]] = {
    "owner": frozenset(Right),
    "family": frozenset(Right) - {Right.SHARE},
    "tenant": frozenset({Right.BALANCE, Right.USE, Right.PAY, Right.COMPLAIN}),
    "payer": frozenset({Right.BALANCE, Right.PAY}),
    "viewer": frozenset({Right.BALANCE, Right.USE}),
}
FROM_MOVING_IN = ("tenant", "viewer")
"""Roles that see the home only from a day on: what was before is another's life. Owner and family share the home's past; who pays only
sees no use at all, and must see the bill that is open, of whatever month."""
GIVEN = ("family", "payer", "tenant", "viewer")  # what an owner may give to others
# Kinds of notifications that are told only to who may see what they tell of; the others are told to every role
TELLS_OF = {"overload": Right.USE, "slab": Right.USE, "tamper": Right.USE, "bill": Right.BALANCE}


def may(role: str, right: Right) -> bool:
    """A role that is not in the table may nothing."""
    return right in RIGHTS.get(role, frozenset())


def roles_with(right: Right) -> list[str]:
    return sorted(role for role, rights in RIGHTS.items() if right in rights)


def told_by_right() -> dict[Right, list[str]]:
    """The kinds of TELLS_OF by the right that they need."""
    return {right: sorted(kind for kind, needed in TELLS_OF.items() if needed == right) for right in sorted(set(TELLS_OF.values()))}


def is_told(role: str, kind: str) -> bool:
    """Whether somebody with this role is told of notifications of this kind."""
    return kind not in TELLS_OF or may(role, TELLS_OF[kind])


def begins(role: str, since: datetime, sees_from: datetime | None) -> datetime | None:
    """When what the role sees begins, by the fields of Access; None: with the account."""
    return (sees_from or since) if role in FROM_MOVING_IN else None


def begins_sql(access: str) -> str:
    """The same in SQL, for this alias of customers_access."""
    return f"(CASE WHEN {access}.role = ANY ({_array(FROM_MOVING_IN)}) THEN coalesce({access}.sees_from, {access}.since) END)"


def since_begun(at: Any, path: str = "") -> Q:
    """Access that shows what was at `at`; `path` leads from the filtered model to Access."""
    begun = Q(**{f"{path}sees_from__lte": at}) | Q(**{f"{path}sees_from": None, f"{path}since__lte": at})
    return ~Q(**{f"{path}role__in": FROM_MOVING_IN}) | begun


def live_with(right: Right, now: datetime, path: str = "") -> Q:
    """Live access whose role has the right; `path` leads from the filtered model to Access."""
    return live(now, path) & Q(**{f"{path}role__in": roles_with(right)})


def _array(words: Iterable[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"


def is_told_sql(notification: str, access: str) -> str:
    """`is_told` in SQL, for these aliases of delivery_notification and customers_access; made of our own constants."""
    kind = f"(CASE WHEN {notification}.kind = 'storm' THEN {notification}.facts->>'of' ELSE {notification}.kind END)"  # what a storm is of
    each = (
        f"({kind} <> ALL ({_array(kinds)}) OR {access}.role = ANY ({_array(roles_with(right))}))"
        for right, kinds in told_by_right().items()
    )
    return f"({' AND '.join(each)})"


def is_since_sql(notification: str, access: str) -> str:
    """Whether a notification is of the time that this access shows. One on the month's use begins with its month."""
    month = f"date_trunc('month', {notification}.at, '{settings.UTILITY.zone}')"
    of = f"CASE {notification}.kind WHEN 'slab' THEN {month} ELSE {notification}.at END"
    return f"coalesce(({of}) >= {begins_sql(access)}, true)"


def visible_sql(notification: str) -> str:
    """Whether its person may see a notification now: access to its account lives, the role shows it, and it is not of a time before.

    Needs the parameter `now`.
    """
    return f"""({notification}.account_id IS NULL OR EXISTS (SELECT FROM customers_access seen
 WHERE seen.customer_id = {notification}.customer_id AND seen.account_id = {notification}.account_id
 AND seen.since <= %(now)s AND (seen.until IS NULL OR seen.until > %(now)s) AND {is_told_sql(notification, "seen")}
 AND {is_since_sql(notification, "seen")}))"""
