"""Tells the person of a complaint what became of it: one push for each change, the newest replaces what was not read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bijoli.complaints.models import Complaint
from bijoli.customers.access import live
from bijoli.customers.models import Access, Customer
from bijoli.delivery.models import Severity
from bijoli.delivery.personal import Message, tell_person

KIND = "case"
ASSIGNED, WORKING, REPLY, LATE, RESOLVED = "KA", "KW", "KM", "KL", "KR"
TTL_S = 3 * 86_400


def tell(row: Complaint, code: str, now: datetime, facts: dict[str, Any]) -> None:
    """Nobody, where the person may not see the account any more. No words of staff go into a push: lock screens are public."""
    if not _may_see(row, now):
        return
    told = {"number": row.number, "complaint": str(row.public_id), "category": row.category}
    told |= {key: value for key, value in facts.items() if key in ("promised_at", "finding")}
    severity = Severity.WARNING if code in (REPLY, RESOLVED) else Severity.NOTICE
    tell_person(Message(row.customer_id, row.account_id, KIND, code, severity, now, told, TTL_S, row.number), now)


def _may_see(row: Complaint, now: datetime) -> bool:
    if row.account_id is None:
        return Customer.objects.filter(pk=row.customer_id, is_active=True).exists()
    return Access.objects.filter(live(now), customer_id=row.customer_id, account_id=row.account_id).exists()
