"""What other parts may know about a customer's accounts. Each question is bounded to the customer's live access in the query itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from bijoli.customers.access import live
from bijoli.customers.models import Access


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as one customer sees it. `id` is internal and never leaves the server; `own_limit_paisa` None is the utility's.

    `muted` are the alert stages that the customer has switched off, `asked` those whose push was asked for.
    """

    id: int
    public_id: uuid.UUID
    number: str
    mode: str
    nickname: str
    role: str
    own_limit_paisa: int | None
    muted: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()


def accounts(customer_id: int) -> list[AccountView]:
    """The customer's accounts in the order of the cards on Home."""
    return [_view(access) for access in _live(customer_id)]


def account(customer_id: int, public_id: uuid.UUID) -> AccountView | None:
    """One of them; None for an unknown account and for somebody else's alike."""
    access = _live(customer_id).filter(account__public_id=public_id).first()
    return _view(access) if access else None


def _live(customer_id: int) -> QuerySet[Access]:
    mine = Access.objects.filter(live(timezone.now()), customer_id=customer_id)
    return mine.select_related("account").order_by("position", "account__number")


def _view(access: Access) -> AccountView:
    account = access.account
    return AccountView(
        id=account.pk,
        public_id=account.public_id,
        number=account.number,
        mode=account.mode,
        nickname=access.nickname,
        role=access.role,
        own_limit_paisa=access.own_limit_paisa,
        muted=frozenset(access.muted_kinds),
        asked=frozenset(access.asked_kinds),
    )
