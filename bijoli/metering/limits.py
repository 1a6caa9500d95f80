"""Which balances matter to a meter: the utility's limits and those that the people linked to its account set for themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bijoli.core.conditions import balance_edges
from bijoli.customers.models import Access
from bijoli.metering.models import Installation, MeterState

LOOK_AGAIN = -1  # a band that no balance has: the next reading counts as a change, and the rules look at it


def set_edges(meter_ids: Sequence[int]) -> int:
    """Sets the edges of these meters' bands anew; to be called when an own limit, a link or an installation changed.

    Returns how many meters got other edges. Idempotent.
    """
    chosen = sorted(set(meter_ids))
    with transaction.atomic():
        states = MeterState.objects.select_for_update().filter(pk__in=chosen).order_by("pk")
        wanted = _edges(chosen)
        changed = [state for state in states if state.edges != wanted.get(state.pk)]
        for state in changed:
            state.edges = wanted.get(state.pk)
            state.balance_band = LOOK_AGAIN
        MeterState.objects.bulk_update(changed, ["edges", "balance_band"], batch_size=1000)
    return len(changed)


def own_limit_changed(account_id: int) -> None:
    """Somebody has set another own limit for this account: the meter that stands there now gets its edges anew."""
    standing = Installation.objects.filter(usage_point__account_id=account_id, removed_at=None)
    set_edges(list(standing.values_list("meter_id", flat=True)))


def _edges(meter_ids: Sequence[int]) -> dict[int, list[int]]:
    """By meter, for those with an own limit."""
    now, thresholds = timezone.now(), settings.UTILITY.thresholds
    standing = Installation.objects.filter(meter_id__in=meter_ids, removed_at=None)
    accounts = dict(standing.values_list("usage_point__account_id", "meter_id"))
    live = Q(until=None) | Q(until__gt=now)
    limits = Access.objects.filter(live, account_id__in=accounts.keys(), own_limit_paisa__isnull=False)
    own: dict[int, list[int]] = defaultdict(list)
    for account, limit in limits.values_list("account_id", "own_limit_paisa"):
        if limit is not None:
            own[accounts[account]].append(limit)
    return {meter: list(balance_edges(thresholds, chosen)) for meter, chosen in own.items()}
