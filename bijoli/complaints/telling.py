"""Tells the person of a complaint, and who follows it, what became of it: one push a change, the newest replaces what was not read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bijoli.complaints.following import followers
from bijoli.complaints.models import Complaint
from bijoli.customers.access import live
from bijoli.customers.models import Access, Customer
from bijoli.delivery.models import Severity
from bijoli.delivery.personal import Message, tell_person

KIND = "case"
ASSIGNED, WORKING, REPLY, LATE, RESOLVED = "KA", "KW", "KM", "KL", "KR"
TTL_S = 3 * 86_400


def tell(row: Complaint, code: str, now: datetime, facts: dict[str, Any]) -> None:
    """The person not, where they may not see the account any more. No words of staff go into a push: lock screens are public."""
    told = {"number": row.number, "complaint": str(row.public_id), "category": row.category}
    told |= {key: value for key, value in facts.items() if key in ("promised_at", "finding")}
    severity = Severity.WARNING if code in (REPLY, RESOLVED) else Severity.NOTICE
    person = row.customer_id
    if person is not None and _may_see(person, row.account_id, now):
        tell_person(Message(person, row.account_id, KIND, code, severity, now, told, TTL_S, row.number), now)
    for other in followers(row, now):
        of_another = Message(other, row.account_id, KIND, code, Severity.NOTICE, now, told | {"shared": True}, TTL_S, row.number)
        tell_person(of_another, now)


def _may_see(person: int, account_id: int | None, now: datetime) -> bool:
    if account_id is None:
        return Customer.objects.filter(pk=person, is_active=True).exists()
    return Access.objects.filter(live(now), customer_id=person, account_id=account_id).exists()
