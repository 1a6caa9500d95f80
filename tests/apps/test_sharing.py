"""An owner shares an account: invited by number, accepted, changed, ended; nobody else's word counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from bijoli.customers import guests, linking, sharing
from bijoli.customers.models import Access, Account, Customer, Deed, Invitation
from bijoli.customers.reads import accounts
from bijoli.customers.sharing import SharingError
from bijoli.delivery.models import Delivery, Notification
from tests.apps.signin_steps import CODE, codes_in
from tests.households import meter, person, phone

pytestmark = pytest.mark.django_db
GUEST = "+8801799000111"


@pytest.fixture
def owner() -> Customer:
    one = person(name="Rahima Khatun", language="en")
    meter(one)
    return one


@pytest.fixture
def flat(owner: Customer) -> Account:
    return Account.objects.get(access__customer=owner)


def as_(one: Customer) -> Client:
    client = Client()
    client.force_login(one)
    return client


def page(flat: Account) -> str:
    return f"/settings/accounts/{flat.public_id}/people/"


def guest(**fields: Any) -> Customer:
    return Customer.objects.create_user(GUEST, language="en", **fields)


def invited(owner: Customer, flat: Account, role: str = "payer", **more: Any) -> Invitation:
    sharing.invite(owner.pk, flat.pk, GUEST, role, more.pop("until", None), timezone.now())
    return Invitation.objects.get(answered_at=None, phone=GUEST, account=flat)


def answer(client: Client, invitation: Invitation, action: str = "accept") -> int:
    return client.post(f"/settings/invitations/{invitation.public_id}/", {"action": action}).status_code


def test_a_guest_is_invited_accepts_and_pays(owner: Customer, flat: Account) -> None:
    one, day = guest(), timezone.localdate() + timedelta(days=30)
    device = phone(one)
    said = as_(owner).post(page(flat), {"phone": "01799-000111", "role": "payer", "until": day.isoformat()})
    assert said.status_code == 302
    told = Notification.objects.get(customer=one)
    assert (told.kind, told.account_id, told.facts) == ("share", None, {})  # a lock screen learns nothing
    assert Delivery.objects.get(notification=told).device_id == device.pk
    home = as_(one).get("/").content.decode()
    assert "Rahima Khatun invites you" in home
    assert flat.number not in home
    assert not accounts(one.pk)
    assert answer(as_(one), Invitation.objects.get()) == 302
    (mine,) = accounts(one.pk)
    assert (mine.role, mine.pays, mine.sees_use) == ("payer", True, False)
    assert timezone.localdate(mine.until - timedelta(seconds=1)) == day
    assert Access.objects.get(customer=one).given_by == owner
    assert "Rahima Khatun invites you" not in as_(one).get("/").content.decode()
    assert list(Deed.objects.order_by("pk").values_list("what", "customer", "other")) == [
        ("invited", owner.pk, one.pk),
        ("accepted", one.pk, owner.pk),
    ]


def test_a_number_that_nobody_knew_may_sign_in_and_accept(owner: Customer, flat: Account, settings: Any, capsys: Any) -> None:
    settings.SMS_CHANNEL = "console"
    sent, client = codes_in(capsys), Client()
    assert as_(owner).post(page(flat), {"phone": GUEST, "role": "viewer"}).status_code == 302
    client.post("/accounts/login/", {"phone": GUEST})
    client.post(CODE, {"code": sent()[-1]})
    assert "invites you" in client.get("/accounts/profile/").content.decode()
    assert answer(client, Invitation.objects.get()) == 302
    assert client.get(f"/usage/{flat.public_id}/").status_code == 200


def test_the_answer_is_the_same_for_known_and_unknown_numbers(owner: Customer, flat: Account) -> None:
    guest()
    client = as_(owner)
    seen = []
    for number in (GUEST, "+8801799000222"):
        client.post(page(flat), {"phone": number, "role": "viewer"})
        html = client.get(page(flat)).content.decode()
        seen.append((html.count("Take back"), "Invited. This person" in html))
    assert seen == [(1, True), (2, True)]


def test_only_the_owner_shares(owner: Customer, flat: Account) -> None:
    for role in ("family", "tenant", "payer", "viewer"):
        one = person(language="en")
        Access.objects.create(customer=one, account=flat, role=role)
        assert as_(one).get(page(flat)).status_code == 404
        assert as_(one).post(page(flat), {"phone": GUEST, "role": "viewer"}).status_code == 404
        for other in (owner, one):
            assert as_(one).post(f"{page(flat)}{other.public_id}/", {"action": "end"}).status_code == 404
        assert f"/accounts/{flat.public_id}/people/" not in as_(one).get("/accounts/profile/").content.decode()
    assert not Invitation.objects.exists()
    assert len(sharing.people(owner.pk, flat.pk, timezone.now())) == 4


@pytest.mark.parametrize(
    "given", [{"role": "owner"}, {"role": "boss"}, {"phone": "0171"}, {"until": "2020-01-01"}, {"until": "2999-01-01"}, {"until": "soon"}]
)
def test_what_cannot_be_is_said_and_not_done(owner: Customer, flat: Account, given: dict[str, str]) -> None:
    said = as_(owner).post(page(flat), {"phone": GUEST, "role": "viewer", **given})
    assert said.status_code == 422
    assert 'role="alert"' in said.content.decode()
    assert not Invitation.objects.exists()


def test_not_oneself_not_twice_and_not_without_end(owner: Customer, flat: Account) -> None:
    now = timezone.now()
    with pytest.raises(SharingError, match="own"):
        sharing.invite(owner.pk, flat.pk, owner.phone, "viewer", None, now)
    first = invited(owner, flat)
    with pytest.raises(SharingError, match="twice"):
        sharing.invite(owner.pk, flat.pk, GUEST, "viewer", None, now)
    later = first.expires_at + timedelta(seconds=1)
    assert sharing.sent(flat.pk, later) == []
    sharing.invite(owner.pk, flat.pk, GUEST, "viewer", None, later)  # the old one lapsed
    assert [one.role for one in sharing.sent(flat.pk, later)] == ["viewer"]


def test_invitations_are_limited(owner: Customer, flat: Account) -> None:
    client = as_(owner)
    answers = [client.post(page(flat), {"phone": f"0179900{n:04d}", "role": "viewer"}).status_code for n in range(6)]
    assert answers == [302] * 5 + [429]
    assert Invitation.objects.count() == 5


@pytest.mark.parametrize("action", ["accept", "decline"])
def test_nobody_answers_for_another(owner: Customer, flat: Account, action: str) -> None:
    guest()
    waiting = invited(owner, flat)
    assert answer(as_(person()), waiting, action) == 404
    assert answer(as_(owner), waiting, action) == 404
    assert Access.objects.count() == 1


def test_an_answer_counts_once(owner: Customer, flat: Account) -> None:
    one = guest()
    waiting = invited(owner, flat)
    assert [answer(as_(one), waiting, "decline"), answer(as_(one), waiting), answer(as_(one), waiting, "decline")] == [302, 404, 404]
    assert not accounts(one.pk)


@pytest.mark.parametrize("end", ["withdrawn", "expired", "owner left", "over"])
def test_an_invitation_that_is_over_gives_nothing(owner: Customer, flat: Account, end: str) -> None:
    one, now = guest(), timezone.now()
    waiting = invited(owner, flat)
    if end == "withdrawn":
        assert as_(owner).post(f"/settings/accounts/{flat.public_id}/invitations/{waiting.public_id}/").status_code == 302
    elif end == "expired":
        Invitation.objects.update(expires_at=now)
    elif end == "owner left":
        linking.leave(owner.pk, flat.pk, now)
    else:
        Invitation.objects.update(until=now)
    assert "Rahima Khatun invites you" not in as_(one).get("/").content.decode()
    assert answer(as_(one), waiting) == 404
    assert not accounts(one.pk)


def test_the_owner_changes_the_end_and_ends_it(owner: Customer, flat: Account) -> None:
    one = guest(name="Karim Mia")
    answer(as_(one), invited(owner, flat, "family"))
    client, theirs = as_(owner), as_(one)
    assert "Karim Mia" in client.get(page(flat)).content.decode()
    url = f"{page(flat)}{one.public_id}/"
    day = timezone.localdate() + timedelta(days=3)
    assert client.post(url, {"until": day.isoformat()}).status_code == 302
    assert timezone.localtime(accounts(one.pk)[0].until).date() == day + timedelta(days=1)
    client.post(url, {"until": "2020-01-01"})
    assert accounts(one.pk)
    assert client.post(url, {"until": ""}).status_code == 302
    assert accounts(one.pk)[0].until is None
    assert theirs.get(f"/usage/{flat.public_id}/").status_code == 200
    assert client.post(url, {"action": "end"}).status_code == 302
    assert theirs.get(f"/usage/{flat.public_id}/").status_code == 404
    assert client.post(url, {"action": "end"}).status_code == 404
    assert client.post(f"{page(flat)}{owner.public_id}/", {"action": "end"}).status_code == 404  # owners are the utility's to say
    assert [one.what for one in Deed.objects.filter(customer=owner).order_by("pk")] == ["invited", "changed", "changed", "ended"]


def test_access_ends_by_itself_on_its_day(owner: Customer, flat: Account) -> None:
    one = guest()
    answer(as_(one), invited(owner, flat, until=timezone.now() + timedelta(days=1)))
    Access.objects.filter(customer=one).update(until=timezone.now() - timedelta(seconds=1))
    assert not accounts(one.pk)
    assert as_(one).get(f"/recharge/{flat.public_id}/").status_code == 404


def test_leaving_takes_along_what_one_gave(owner: Customer, flat: Account) -> None:
    one, other = guest(), person()
    answer(as_(one), invited(owner, flat))
    Access.objects.create(customer=other, account=flat, role="tenant")  # by the register: not the owner's to take along
    assert as_(owner).get(f"/settings/accounts/{flat.public_id}/leave/").status_code == 200
    assert accounts(owner.pk)
    assert as_(owner).post(f"/settings/accounts/{flat.public_id}/leave/").status_code == 302
    assert [len(accounts(each.pk)) for each in (owner, one, other)] == [0, 0, 1]
    assert as_(owner).get(f"/usage/{flat.public_id}/").status_code == 404


def test_an_owner_who_is_invited_stays_owner(owner: Customer, flat: Account) -> None:
    second = guest()
    Access.objects.create(customer=second, account=flat, role="owner")
    answer(as_(second), invited(owner, flat, "viewer"))
    assert [mine.role for mine in accounts(second.pk)] == ["owner"]


def test_who_was_invited_and_never_came_goes(owner: Customer, flat: Account) -> None:
    waiting = invited(owner, flat)
    known = person(name="Known")
    now = waiting.expires_at + guests.KEPT + timedelta(seconds=1)
    assert guests.sweep(waiting.expires_at, lambda: True)
    assert Invitation.objects.exists()
    assert guests.sweep(now, lambda: True)
    assert not Invitation.objects.exists()
    assert set(Customer.objects.all()) == {owner, known}


def test_what_was_done_stays(owner: Customer, flat: Account) -> None:
    invited(owner, flat)
    for change in (lambda: Deed.objects.update(what="x"), lambda: Deed.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
            change()
    line = Deed.objects.get()
    assert GUEST not in str(line.facts)
