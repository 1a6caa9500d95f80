"""Tokens that a person has typed into the meter, ticked off one by one, so that the place is kept."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bijoli.core.payment import VendState
from bijoli.payments.models import Vend


def tick(customer_id: int, public_id: UUID, place: int, typed: bool) -> bool:
    """Notes that the token at `place` (from 0) of this payer's order is typed in, or not. False where there is none."""
    with transaction.atomic():
        mine = Vend.objects.filter(
            order__customer_id=customer_id, order__public_id=public_id, state__in=[VendState.TOKENS, VendState.ON_METER]
        )
        vend = mine.select_for_update(of=("self",)).first()
        if vend is None or not 0 <= place < len(vend.tokens):
            return False
        vend.typed = sorted({*vend.typed, place} if typed else {*vend.typed} - {place})
        vend.save(update_fields=["typed"])
    return True
