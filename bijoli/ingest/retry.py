"""Take in what was rejected for a reason that may have passed: the meter was not loaded, or the time had not come."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from bijoli.ingest.decode import Body
from bijoli.ingest.models import Gateway, Reject
from bijoli.ingest.rejects import UNKNOWN_METER
from bijoli.ingest.take import TAKERS, Taken
from bijoli.metering.columns import Status

PIECE = 5_000
STORED = (Status.ACCEPTED, Status.REPEATED, Status.LATE)


def retry(now: datetime, most: int | None = None) -> tuple[int, int]:
    """Returns how many rows were taken in, and how many of those tried stay. `most`: no more than so many are tried, the newest."""
    waiting = Reject.objects.filter(Q(reason=UNKNOWN_METER) | Q(quarantined=True)).order_by("door", "gateway_id", "pk")
    if most is not None:
        newest = list(waiting.order_by("-pk").values_list("pk", flat=True)[:most])
        waiting = waiting.filter(pk__in=newest)
    keys = list(waiting.values_list("door", "gateway_id", "pk"))
    taken = 0
    for (door, gateway_id), group in groupby(keys, key=lambda key: key[:2]):
        gateway = Gateway.objects.filter(pk=gateway_id).first()
        own = [pk for _, _, pk in group]
        for start in range(0, len(own), PIECE):
            taken += _again(door, gateway, own[start : start + PIECE], now)
    return taken, len(keys) - taken


def _again(door: str, gateway: Gateway | None, keys: list[int], now: datetime) -> int:
    """One piece of one gateway's rows, in one transaction with their removal. Cut texts are no JSON any more, and stay."""
    with transaction.atomic():
        rows = list(Reject.objects.select_for_update(skip_locked=True).filter(pk__in=keys).order_by("pk"))
        body = Body("\n".join(row.body.replace("\n", " ").strip() or "-" for row in rows).encode(), lines=True)
        result: Taken = TAKERS[door](body, gateway, now)
        stored = [
            rows[place - 1].pk
            for place, status in zip(result.places.tolist(), result.outcome.status.tolist(), strict=True)
            if status in STORED
        ]
        Reject.objects.filter(pk__in=stored).delete()
    return len(stored)
