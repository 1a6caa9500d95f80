"""Who else may see an account: an owner invites by number, sees who has access, changes its end, ends it.

invited -> accepted -> access until its end, until the owner ends it, or until the person leaves
        -> declined | withdrawn | 14 days pass
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from bijoli.customers import deeds, limits, linking
from bijoli.customers.access import live
from bijoli.customers.models import Access, Account, Customer, Invitation
from bijoli.customers.prepared import fetch
from bijoli.customers.rights import FROM_MOVING_IN, GIVEN, Right, begins, live_with
from bijoli.customers.seen import midnight

OPEN_FOR = timedelta(days=14)
LONGEST = timedelta(days=5 * 366)
EARLIEST = timedelta(days=50 * 366)  # so long ago somebody may have moved in
MOST = 20  # people and open invitations of one account
invited = Signal()
"""Sent with `customer_id`, whom it is for, inside the transaction."""


class SharingError(ValueError):
    """Why it cannot be: `why` is own, role, until, from, twice or many."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody with access, as the owner sees them. `person` names them in an address."""

    person: UUID
    name: str
    phone: str
    role: str
    since: datetime
    until: datetime | None
    changeable: bool
    sees_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An open invitation. `by` is the inviting owner's name, empty where none is known."""

    public_id: UUID
    account_id: int
    number: str
    phone: str
    role: str
    until: datetime | None
    by: str
    by_phone: str
    expires_at: datetime
    sees_from: datetime | None = None


def invite(
    owner_id: int,
    account_id: int,
    phone: str,
    role: str,
    until: datetime | None,
    now: datetime,
    sees_from: date | None = None,
) -> None:
    """Offers a number (E.164) a role. The answer is the same whether it is known here or not: it may sign in from now on.

    `sees_from`: the day from which on a tenant sees the home; None is the day of the answer. The caller has made sure that the account is
    this owner's. Raises SharingError and limits.TooOften.
    """
    if role not in GIVEN:
        raise SharingError("role")
    if until is not None and not now < until <= now + LONGEST:
        raise SharingError("until")
    begins = _begin(role, sees_from, now)
    limits.count("invite", str(owner_id), now)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account_id)
        owner = Customer.objects.get(pk=owner_id)
        if owner.phone == phone:
            raise SharingError("own")
        if len(people(owner_id, account_id, now)) + _open(now).filter(account_id=account_id).count() >= MOST:
            raise SharingError("many")
        _lapse(account_id, phone, now)
        try:
            with transaction.atomic():
                fields = {"account_id": account_id, "by_id": owner_id, "phone": phone, "role": role, "until": until, "sees_from": begins}
                Invitation.objects.create(**fields, made_at=now, expires_at=now + OPEN_FOR)
        except IntegrityError:
            raise SharingError("twice") from None
        guest = Customer.objects.filter(phone=phone).first() or Customer.objects.create_user(phone, language=owner.language)
        deeds.note("invited", owner_id, now, account_id=account_id, other_id=guest.pk, role=role, until=_text(until))
        invited.send(sender=Invitation, customer_id=guest.pk)


_ASKED = """SELECT 1 FROM customers_customer me JOIN customers_invitation i ON i.phone = me.phone
WHERE me.id = %s AND i.answered_at IS NULL LIMIT 1"""


def for_me(customer_id: int, now: datetime) -> list[InvitationView]:
    """Open invitations to this person's own number, of owners who still are ones."""
    if not fetch(_ASKED, [customer_id]):
        return []  # nearly everybody, with every Home: the whole rule costs the ORM much longer to write than this to answer
    phone = Customer.objects.filter(pk=customer_id, is_active=True).values("phone")[:1]
    return [_view(row) for row in _open(now).filter(phone__in=phone).order_by("made_at")]


def sent(account_id: int, now: datetime) -> list[InvitationView]:
    """Open invitations to an account, for its owner."""
    return [_view(row) for row in _open(now).filter(account_id=account_id).order_by("made_at")]


def answer(customer_id: int, public_id: UUID, *, accept: bool, now: datetime) -> bool:
    """The invited person's word. False for one that is not theirs, or not open any more."""
    with transaction.atomic():
        mine = next((one for one in for_me(customer_id, now) if one.public_id == public_id), None)
        row = _open(now).select_for_update(of=("self",)).filter(public_id=public_id).first() if mine else None
        if row is None:
            return False
        if accept:
            linking.give(customer_id, row.account_id, row.role, row.until, row.by_id, now, row.sees_from)
        _close(row, Invitation.Answer.ACCEPTED if accept else Invitation.Answer.DECLINED, now)
        done = "accepted" if accept else "declined"
        deeds.note(done, customer_id, now, account_id=row.account_id, other_id=row.by_id, role=row.role, until=_text(row.until))
    return True


def withdraw(owner_id: int, account_id: int, public_id: UUID, now: datetime) -> bool:
    """The owner takes an open invitation back. False where there is none."""
    with transaction.atomic():
        row = _open(now).select_for_update(of=("self",)).filter(public_id=public_id, account_id=account_id).first()
        if row is None:
            return False
        _close(row, Invitation.Answer.WITHDRAWN, now)
        deeds.note("withdrawn", owner_id, now, account_id=account_id)
    return True


def people(owner_id: int, account_id: int, now: datetime) -> list[PersonView]:
    """Everybody else who may see the account now."""
    rows = Access.objects.filter(live(now), account_id=account_id).exclude(customer_id=owner_id).select_related("customer")
    return [
        PersonView(
            row.customer.public_id,
            row.customer.name,
            row.customer.phone,
            row.role,
            row.since,
            row.until,
            row.role != Access.Role.OWNER,
            begins(row.role, row.since, row.sees_from),
        )
        for row in rows.order_by("since", "pk")
    ]


def change(owner_id: int, account_id: int, person: UUID, until: datetime | None, now: datetime, sees_from: date | None = None) -> bool:
    """Another end of somebody's access; None is no end. False for an owner and for nobody. Raises SharingError.

    `sees_from`: the day from which on a tenant sees the home, where that is to be another one.
    """
    if until is not None and not now < until <= now + LONGEST:
        raise SharingError("until")
    with transaction.atomic():
        row = _changeable(account_id, person, now).first()
        if row is None:
            return False
        begin = _begin(row.role, sees_from, now) or row.sees_from
        Access.objects.filter(pk=row.pk).update(until=until, sees_from=begin)
        said = {"until": _text(until)} | ({"sees_from": _text(begin)} if begin != row.sees_from else {})
        deeds.note("changed", owner_id, now, account_id=account_id, other_id=row.customer_id, **said)
    return True


def end(owner_id: int, account_id: int, person: UUID, now: datetime) -> bool:
    """Ends somebody's access at once. False for an owner and for nobody."""
    with transaction.atomic():
        row = _changeable(account_id, person, now).first()
        if row is None or not linking.end(row.customer_id, account_id, now):
            return False
        deeds.note("ended", owner_id, now, account_id=account_id, other_id=row.customer_id)
    return True


def _changeable(account_id: int, person: UUID, now: datetime) -> QuerySet[Access]:
    rows = Access.objects.select_for_update(of=("self",)).filter(live(now), account_id=account_id, customer__public_id=person)
    return rows.exclude(role=Access.Role.OWNER)


def _open(now: datetime) -> QuerySet[Invitation]:
    """Not answered, not too old, the offered access not over already, and its owner still one."""
    still = Access.objects.filter(live_with(Right.SHARE, now), customer=OuterRef("by"), account=OuterRef("account"))
    rows = Invitation.objects.filter(Exists(still), answered_at=None, expires_at__gt=now).exclude(until__lte=now)
    return rows.select_related("account", "by")


def _lapse(account_id: int, phone: str, now: datetime) -> None:
    """An unanswered one that is over stands in no new one's way."""
    rows = Invitation.objects.filter(account_id=account_id, phone=phone, answered_at=None)
    rows.exclude(pk__in=_open(now).values("pk")).update(answered_at=now, answer=Invitation.Answer.WITHDRAWN)


def _close(row: Invitation, answer: str, now: datetime) -> None:
    Invitation.objects.filter(pk=row.pk).update(answer=answer, answered_at=now)


def _view(row: Invitation) -> InvitationView:
    return InvitationView(
        public_id=row.public_id,
        account_id=row.account_id,
        number=row.account.number,
        phone=row.phone,
        role=row.role,
        until=row.until,
        by=row.by.name,
        by_phone=row.by.phone,
        expires_at=row.expires_at,
        sees_from=row.sees_from,
    )


def _begin(role: str, day: date | None, now: datetime) -> datetime | None:
    """Raises SharingError for a day to come, and for one of before anybody could live there."""
    if day is None or role not in FROM_MOVING_IN:
        return None
    if not timezone.localdate(now - EARLIEST) <= day <= timezone.localdate(now):
        raise SharingError("from")
    return midnight(day)


def _text(until: datetime | None) -> str:
    return until.isoformat() if until else ""
