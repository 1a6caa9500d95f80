"""The verbs on orders: propose, approve, withdraw. The caller has made sure that the person may."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from bijoli.core.tariff import TariffError, read_one, table_of
from bijoli.tariffs import reads
from bijoli.tariffs.models import TariffOrder

LONGEST_CODE, LONGEST_NOTE = 12, 500
DRAFT, APPROVED, WITHDRAWN = TariffOrder.State.DRAFT, TariffOrder.State.APPROVED, TariffOrder.State.WITHDRAWN


class OrderError(ValueError):
    """It cannot be done. `why` is table (the tariff cannot be right), past, own (proposed by the same person), state, or taken
    (the class has an approved order of that day)."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words)
        self.why = why


def propose(table: Mapping[str, Any], staff_id: int, now: datetime, note: str = "") -> TariffOrder:
    """Keeps a draft of a `[[tariff]]` table that says everything itself (core.tariff.table_of). Raises OrderError."""
    try:
        tariff = read_one(table)
    except TariffError as error:
        raise OrderError("table", str(error)) from None
    if len(tariff.code) > LONGEST_CODE or len(note) > LONGEST_NOTE:
        raise OrderError("table", f"a class has at most {LONGEST_CODE} characters, a note {LONGEST_NOTE}")
    order = TariffOrder(code=tariff.code, since=tariff.since, table=table_of(tariff), note=note.strip(), proposed_by_id=staff_id)
    _to_come(order, now)
    order.proposed_at = now
    order.save(force_insert=True)
    return order


def approve(public_id: uuid.UUID, staff_id: int, now: datetime) -> TariffOrder:
    """Another person than the proposer puts the draft in force from its day on. Raises OrderError."""
    try:
        with transaction.atomic():
            order = _locked(public_id)
            if order.state != DRAFT:
                raise OrderError("state", f"it is {order.state}")
            if order.proposed_by_id == staff_id:
                raise OrderError("own", "who proposed it cannot approve it")
            _to_come(order, now)
            return _moved(order, state=APPROVED, approved_by_id=staff_id, approved_at=now)
    except IntegrityError as error:
        if "order_one_a_day" not in str(error):
            raise
        raise OrderError("taken", "the class has an approved order of that day: withdraw that one first") from None


def withdraw(public_id: uuid.UUID, staff_id: int, now: datetime) -> TariffOrder:
    """Takes back a draft, or an approved order that has not begun. It stays to be seen. Raises OrderError."""
    with transaction.atomic():
        order = _locked(public_id)
        if order.state == WITHDRAWN:
            raise OrderError("state", "it is withdrawn")
        if order.state == APPROVED:
            _to_come(order, now)
        return _moved(order, state=WITHDRAWN, withdrawn_by_id=staff_id, withdrawn_at=now)


def _locked(public_id: uuid.UUID) -> TariffOrder:
    order = TariffOrder.objects.select_for_update().filter(public_id=public_id).first()
    if order is None:
        raise OrderError("state", "there is no such order")
    return order


def _moved(order: TariffOrder, **changes: Any) -> TariffOrder:
    for name, value in changes.items():
        setattr(order, name, value)
    order.save(update_fields=[name.removesuffix("_id") for name in changes])
    transaction.on_commit(reads.look_again)
    return order


def _to_come(order: TariffOrder, now: datetime) -> None:
    today = timezone.localdate(now)
    if order.since <= today:
        raise OrderError("past", f"{order.since} has begun: an order begins tomorrow at the earliest")
