"""What a home is to know now: the notices that are out for its feeder, its division, or itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bijoli.customers.prepared import among, fetch


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice for one account. `title` and `body` by language; an outage has a beginning and an end."""

    public_id: UUID
    account_id: int
    kind: str
    title: dict[str, str]
    body: dict[str, str]
    starts_at: datetime | None
    ends_at: datetime | None


# The few notices that are out (partial index notice_live), then whether one of these accounts is meant
_CURRENT = f"""
SELECT n.public_id, p.account_id, n.kind, n.title ->> 'bn', n.title ->> 'en', n.body ->> 'bn', n.body ->> 'en', n.starts_at, n.ends_at
FROM notices_notice n JOIN metering_usagepoint p
 ON (p.feeder = ANY(n.feeders) OR p.division = ANY(n.divisions) OR p.account_id = ANY(n.accounts))
 AND (cardinality(n.bounds) = 0 OR p.division = ANY(n.bounds))
WHERE n.cleared_at IS NULL AND n.cancelled_at IS NULL AND n.begun_at IS NOT NULL AND n.send_at <= %s AND n.expires_at > %s
 AND p.account_id = {among()}
ORDER BY n.starts_at NULLS LAST, n.id, p.account_id LIMIT 50"""


def planned_until(account_id: int, now: datetime) -> datetime | None:
    """When the planned outage that runs now at this account ends, the latest of several; None where none does."""
    outages = [one for one in current([account_id], now) if one.starts_at is not None and one.starts_at <= now]
    return max((one.ends_at for one in outages if one.ends_at is not None and one.ends_at > now), default=None)


def current(account_ids: Sequence[int], now: datetime) -> list[NoticeView]:
    """What is out for these accounts, the next outage first. Who may see the accounts is decided before asking."""
    if not account_ids:
        return []
    rows = fetch(_CURRENT, [now, now, list(account_ids)])
    return [
        NoticeView(key, account, kind, {"bn": title_bn, "en": title_en}, {"bn": body_bn, "en": body_en}, starts, ends)
        for key, account, kind, title_bn, title_en, body_bn, body_en, starts, ends in rows
    ]
