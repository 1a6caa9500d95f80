"""What a healthy flow of money looks like: questions of the doctor about payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bijoli.monitor.finding import Finding
from bijoli.payments import health

LATE_S = health.LATE.total_seconds()
OPEN_S = 3600  # an order lives half an hour; then its gateway must have said something


def examine(now: datetime) -> Iterator[Finding]:
    """Each in words, with what to do."""
    found = health.standing(now)
    behind = f"something is due for {found.overdue_s:.0f} s: is `manage.py settle` running?"
    yield Finding("queue of settle", behind if found.overdue_s > health.BEHIND_S else "")
    hours = found.open_oldest_s / 3600
    stale = f"{found.open} are open, the oldest for {hours:.1f} hours: does the gateway answer? Staff page “Payment gateways”"
    yield Finding("open orders", stale if found.open_oldest_s > OPEN_S else "")
    hours = found.paid_oldest_s / 3600
    late = f"{found.paid} are paid and not on the meter, the oldest for {hours:.1f} hours: does the head-end answer?"
    yield Finding("paid orders", late if found.paid_oldest_s > LATE_S else "")
    waits = f"{found.review} orders in review and {found.refunds_proposed} refunds wait for the staff: pages “Payments” and “Refunds”"
    yield Finding("money for a person", waits if found.review or found.refunds_proposed else "")
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(health.differences(now).items()))
    yield Finding("reconciliation", f"yesterday's found {told}: see the staff's page “Reconciliation”" if told else "")
    names = ", ".join(name for name, rests in health.resting(now).items() if rests)
    yield Finding("payment gateways", f"not answering: {names}. Customers are kept from a gateway until it does" if names else "")
