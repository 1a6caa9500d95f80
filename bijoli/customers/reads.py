"""What other parts may know about a customer's accounts. Each question is bounded to the customer's live access in the query itself."""

from __future__ import annotations

import json
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from bijoli.customers.access import LIVE_SQL, live
from bijoli.customers.models import Access
from bijoli.customers.prepared import fetch
from bijoli.customers.rights import Right, begins_sql, may
from bijoli.customers.seen import SeenId, first_day, midnight


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as one customer sees it. `id` is internal and never leaves the server, and carries from when on they see the account
    (`seen`); `own_limit_paisa` None is the utility's.

    `muted` are the alert stages that the customer has switched off, `asked` those whose push was asked for.
    """

    id: SeenId
    public_id: uuid.UUID
    number: str
    mode: str
    nickname: str
    role: str
    own_limit_paisa: int | None
    muted: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    until: datetime | None = None

    def may(self, right: Right) -> bool:
        """Whether the person's role allows it."""
        return may(self.role, right)

    @property
    def sees_from(self) -> date | None:
        """The local day from which on the person sees the account; None: all of it."""
        return first_day(self.id)

    @property
    def pays(self) -> bool:
        return self.may(Right.PAY)

    @property
    def sees_use(self) -> bool:
        return self.may(Right.USE)

    @property
    def complains(self) -> bool:
        return self.may(Right.COMPLAIN)

    @property
    def shares(self) -> bool:
        return self.may(Right.SHARE)


# By hand: each page asks it, and the ORM takes ten times as long to write this query as the database to answer it
_MINE = f"""SELECT account.id, account.public_id, account.number, account.mode, access.nickname, access.role, access.own_limit_paisa,
 access.muted_kinds, access.asked_kinds, access.until, {begins_sql("access")}
FROM customers_access AS access JOIN customers_customer AS customer ON customer.id = access.customer_id
JOIN customers_account AS account ON account.id = access.account_id WHERE access.customer_id = %(customer)s AND {LIVE_SQL}"""
_ORDER = " ORDER BY access.position, account.number"


def accounts(customer_id: int) -> list[AccountView]:
    """The customer's accounts in the order of the cards on Home."""
    return _fetch(_MINE + _ORDER, customer=customer_id)


def account(customer_id: int, public_id: uuid.UUID) -> AccountView | None:
    """One of them; None for an unknown account and for somebody else's alike."""
    return next(iter(_fetch(_MINE + " AND account.public_id = %(account)s", customer=customer_id, account=public_id)), None)


def masked_name(account_id: int) -> str:
    """The account holder's name as a stranger may see it, "R**** K****"; empty where none is known."""
    holders = Access.objects.filter(live(timezone.now()), account_id=account_id, role="owner").order_by("since")
    name = holders.values_list("customer__name", flat=True).exclude(customer__name="").first()
    return " ".join(_first_letter(word) + "****" for word in (name or "").split()[:3])


def _first_letter(word: str) -> str:
    """A Bangla letter keeps its vowel sign."""
    end = 1
    while end < len(word) and unicodedata.category(word[end])[0] == "M":
        end += 1
    return word[:end]


def _fetch(sql: str, **values: int | uuid.UUID) -> list[AccountView]:
    return [_view(*row) for row in fetch(sql, {"now": timezone.now(), **values})]


def _view(
    id: int,
    public_id: uuid.UUID,
    number: str,
    mode: str,
    nickname: str,
    role: str,
    limit: int | None,
    muted: str,
    asked: str,
    until: datetime | None,
    since: datetime | None,
) -> AccountView:
    kinds = frozenset(json.loads(muted)), frozenset(json.loads(asked))
    seen = SeenId(id, midnight(timezone.localdate(since)) if since else None)
    return AccountView(seen, public_id, number, mode, nickname, role, limit, *kinds, until)
