"""Tells of bills: B1 a new one, B2 nearly due, B3 overdue. Each of a bill once, and nothing of what is paid, replaced or old.

`Bill.told` is the last stage that was told, and is set in the transaction that tells. It only rises, so a late start, a second timer or a
history that is loaded at once repeats nothing: a bill is told of as it stands today, not as it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from bijoli.delivery.clear import clear_about
from bijoli.delivery.models import Severity
from bijoli.delivery.people import quiet
from bijoli.delivery.tell import Telling, tell
from bijoli.payments import bills
from bijoli.payments.bills import BillView
from bijoli.payments.models import Bill

EVERY = timedelta(minutes=1)
KIND, NEW, SOON, OVERDUE = "bill", "B1", "B2", "B3"
NEWS = timedelta(days=3)  # what came longer ago is no new bill
LATE_DAYS = 7  # what has been overdue for longer was told of, or is history
TOLD_AT_ONCE = 500  # in one transaction
TTL_S = 2 * 86_400
# What stands in `told` before a stage; the index `bill_to_tell` finds the few that still say so
_BEFORE = {NEW: [""], SOON: ["", NEW], OVERDUE: ["", NEW, SOON]}
_CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM payments_bill
  WHERE closed_at IS NULL AND told = ANY(%(before)s::text[]) AND due_on BETWEEN %(first)s AND %(last)s AND received_at > %(since)s
  ORDER BY due_on, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE payments_bill b SET told = %(code)s FROM due WHERE b.id = due.id
RETURNING b.id, b.account_id, b.public_id, b.replaces_id IS NOT NULL,
 (SELECT i.meter_id FROM metering_usagepoint p JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL
  WHERE p.account_id = b.account_id)"""


def tell_due(now: datetime, go_on: Callable[[], bool]) -> bool:
    """A turn of the chore. Reminders wait for the end of the utility's quiet hours. Returns whether nothing is left to tell now."""
    night = quiet(now.astimezone(ZoneInfo(settings.UTILITY.zone)).time(), None, None)
    for code in (NEW,) if night else (OVERDUE, SOON, NEW):
        while go_on():
            if tell_some(code, now) < TOLD_AT_ONCE:
                break
        else:
            return False
    return True


@transaction.atomic
def tell_some(code: str, now: datetime) -> int:
    """The next bills of one stage. Returns how many were taken, whether or not somebody is there to be told."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, _wanted(code, now))
        rows = cursor.fetchall()
    clear_about([row[1] for row in rows], KIND, "bill", [str(row[2]) for row in rows], now)  # an earlier stage of the same bill
    open_now = {one.id: one for due in bills.due([row[1] for row in rows], now).values() for one in due}
    tellings = [
        _telling(code, meter, open_now[bill], corrected, now)
        for bill, _account, _public_id, corrected, meter in rows
        if meter is not None and bill in open_now
    ]
    while tellings:  # of one meter one at a time
        once = {telling.meter_id: telling for telling in reversed(tellings)}
        tell(list(once.values()), now)
        tellings = [telling for telling in tellings if telling is not once[telling.meter_id]]
    return len(rows)


def _wanted(code: str, now: datetime) -> dict[str, Any]:
    today, ahead = timezone.localdate(now), timedelta(days=max(0, settings.BILL_DAYS))
    first, last = {
        NEW: (today + ahead + timedelta(days=1), today + timedelta(days=366)),
        SOON: (today, today + ahead),
        OVERDUE: (today - timedelta(days=LATE_DAYS), today - timedelta(days=1)),
    }[code]
    since = now - (NEWS if code == NEW else timedelta(days=366))
    return {"code": code, "before": _BEFORE[code], "first": first, "last": last, "since": since, "most": TOLD_AT_ONCE}


def _telling(code: str, meter_id: int, bill: BillView, corrected: bool, now: datetime) -> Telling:
    facts = {"bill": str(bill.public_id), "paisa": bill.open, "month": bill.month.isoformat(), "due_on": bill.due_on.isoformat()}
    if bill.fee and not bill.overdue:
        facts["late_paisa"] = bill.fee
    return Telling(
        stage_id=None,
        meter_id=meter_id,
        kind=KIND,
        code=code,
        severity=Severity.WARNING if code == OVERDUE else Severity.NOTICE,
        at=now,
        received_at=None,
        facts=facts | ({"corrected": True} if corrected else {}),
        ttl_s=TTL_S,
        urgency="normal",
        push=True,
    )


def close(bill: BillView | Bill, now: datetime) -> None:
    """Nothing of it is open any more: off the bells with it, and what waits to be sent stays here. In the transaction that paid it."""
    Bill.objects.filter(pk=bill.id).update(closed_at=now)
    clear_about([bill.account_id], KIND, "bill", [str(bill.public_id)], now)
