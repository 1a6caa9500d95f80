"""The one rule of who may see an account now: as a Q for the ORM and as SQL for set-based statements. A test holds the two together."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

LIVE_SQL = "(access.since <= %(now)s AND (access.until IS NULL OR access.until > %(now)s) AND customer.is_active)"
"""Live access in SQL; needs `customers_access AS access`, `customers_customer AS customer` and the parameter `now` (aware)."""


def live(now: datetime, path: str = "") -> Q:
    """Live access at `now`: begun, not ended, its customer active. `path` leads from the filtered model to Access: "access__"."""
    begun, active = Q(**{f"{path}since__lte": now}), Q(**{f"{path}customer__is_active": True})
    return begun & active & (Q(**{f"{path}until": None}) | Q(**{f"{path}until__gt": now}))
