"""Refunds on the staff's pages: two people, whoever they are, and the gateway is told once."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bijoli.payments.gateways.port import GatewayAway, RefundTold
from bijoli.payments.models import Deed, Refund
from bijoli.payments.settling import settle
from bijoli.staff.roles import ROLES
from tests.apps.payments.outside import books, outside, paid, work
from tests.apps.staff.conftest import EAST, WEST
from tests.apps.staff.money import REFUNDS, page, recharge, risky
from tests.apps.staff.test_payments import said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world():
    with outside() as both:
        yield both


def propose(member, order, role="money"):
    one = member(role)
    answer = one.client.post(f"{page(order)}refund/{order.payments.get().pk}/", {"why": "the payer called"}, follow=True)
    assert said(answer) == ["Proposed. A colleague approves it."]
    return one, Refund.objects.get()


def url(refund):
    return f"{REFUNDS}{refund.public_id}/"


def test_two_people_send_money_back(member, world):
    paper, _ = world
    order = risky(EAST)
    one, refund = propose(member, order)
    other = member("treasurer")
    shown = other.client.get(url(refund)).content.decode()
    assert "Approve" in shown
    assert "the payer called" in shown
    answer = other.client.post(f"{url(refund)}approve/", follow=True)
    assert said(answer) == ["Approved. The gateway is being told."]
    assert work(order).state == "refunded"
    assert paper.refunds == [refund.public_id]
    assert books() == {"gateway:paper": 0, "unapplied": 0, "energy": 0, "vat": 0, "rebate": 0}
    deeds = list(Deed.objects.order_by("pk").values_list("staff_id", "what"))
    assert deeds == [(one.person.pk, "propose"), (other.person.pk, "approve")]
    assert "has gone back" in other.client.get(url(refund)).content.decode()


def test_nobody_approves_their_own_proposal(member):
    order = risky(EAST)
    chief, refund = propose(member, order, "administrator")
    shown = chief.client.get(url(refund)).content.decode()
    assert "a colleague must approve it" in shown
    assert f"{url(refund)}approve/" not in shown
    answer = chief.client.post(f"{url(refund)}approve/", follow=True)
    assert said(answer) == ["You proposed it: a colleague must approve it."]
    refund.refresh_from_db()
    assert refund.state == "proposed"
    with pytest.raises(IntegrityError), transaction.atomic():  # and the database holds it too
        Refund.objects.update(approved_by=chief.person)


def test_what_came_twice_is_proposed_by_itself_and_one_person_approves(member, world):
    order = recharge(EAST)
    settle(order.pk, paid(), timezone.now())
    settle(order.pk, paid(transaction="T2"), timezone.now())
    refund = Refund.objects.get()
    one = member("treasurer")
    assert "Bijoli itself" in one.client.get(url(refund)).content.decode()
    assert "pays nothing: paid once more" in one.client.get(REFUNDS).content.decode()
    one.client.post(f"{url(refund)}approve/")
    assert work(order).state == "done"
    assert Refund.objects.get().state == "refunded"


def test_a_proposal_is_withdrawn_and_can_be_made_again(member):
    order = risky(EAST)
    one, refund = propose(member, order)
    answer = one.client.post(f"{url(refund)}withdraw/", follow=True)
    assert said(answer) == ["Withdrawn. It stays to be seen."]
    assert "withdraw/" not in answer.content.decode()
    answer = one.client.post(f"{page(order)}refund/{order.payments.get().pk}/", {"why": "after all"}, follow=True)
    assert said(answer) == ["Proposed. A colleague approves it."]
    answer = one.client.post(f"{page(order)}refund/{order.payments.get().pk}/", {"why": "twice"}, follow=True)
    assert said(answer) == ["This money pays for something, or goes back already."]
    assert list(Deed.objects.order_by("pk").values_list("what", flat=True)) == ["propose", "withdraw", "propose"]


def test_money_that_pays_for_something_does_not_go_back(member):
    order = recharge(EAST)
    settle(order.pk, paid(), timezone.now())
    one = member("money")
    assert "Propose a refund" not in one.client.get(page(order)).content.decode()
    one.client.post(f"{page(order)}refund/{order.payments.get().pk}/", {"why": "x"})
    assert not Refund.objects.exists()


def test_a_reason_is_wanted(member):
    order, one = risky(EAST), member("money")
    answer = one.client.post(f"{page(order)}refund/{order.payments.get().pk}/", {"why": " "}, follow=True)
    assert said(answer) == ["Fill in what is asked for."]
    assert not Refund.objects.exists()


@pytest.mark.parametrize("role", list(ROLES))
def test_rights_by_role(member, role):
    order, may = risky(EAST), ROLES[role].may
    _, refund = propose(member, order)
    one = member(role)
    sees = "payments.view_refund" in may
    assert {one.client.get(where).status_code for where in (REFUNDS, url(refund))} == ({200} if sees else {403})
    withdraws = "payments.propose_refund" in may or "payments.approve_refund" in may
    assert one.client.get(f"{url(refund)}approve/").status_code == 403
    approved = one.client.post(f"{url(refund)}approve/").status_code
    assert approved == (302 if "payments.approve_refund" in may else 403)
    assert one.client.post(f"{url(refund)}withdraw/").status_code == (302 if withdraws else 403)
    refund.refresh_from_db()
    assert refund.state == ("approved" if "payments.approve_refund" in may else "withdrawn" if withdraws else "proposed")


def test_a_division_sees_its_own_alone(member):
    order = risky(WEST)
    _, refund = propose(member, order)
    one = member("administrator", EAST)
    assert one.client.get(url(refund)).status_code == 404
    assert one.client.post(f"{url(refund)}approve/").status_code == 404
    assert order.number not in one.client.get(REFUNDS).content.decode()
    waiting = {place.url: place.waiting for place in member("administrator").client.get("/staff/").context["places"]}
    assert waiting[REFUNDS] == 1


@pytest.mark.parametrize("language", ["bn", "en"])
def test_both_languages(member, language):
    _, refund = propose(member, risky(EAST))
    chief = member("administrator")
    type(chief.person).objects.update(language=language)
    for where in (REFUNDS, f"{REFUNDS}?state=proposed", url(refund)):
        answer = chief.client.get(where)
        assert ("টাকা ফেরত" in answer.content.decode()) == (language == "bn")


def test_a_refund_whose_answer_was_lost_gets_its_number(member, world):
    paper, _ = world
    order = risky(EAST)
    _, refund = propose(member, order)
    paper.refund_says = GatewayAway("lost")
    other = member("treasurer")
    other.client.post(f"{url(refund)}approve/")
    work(order, 1)
    refund.refresh_from_db()
    assert (refund.state, refund.ref) == ("sent", "")
    assert "Give its number" not in member("money").client.get(url(refund)).content.decode()
    assert "Give its number" in other.client.get(url(refund)).content.decode()
    other.client.post(f"{url(refund)}name/", {"why": "RF-77"})
    refund.refresh_from_db()
    assert refund.ref == "RF-77"
    paper.refund_says = RefundTold("refunded", "RF-77")
    assert work(order).state == "refunded"
    assert paper.refunds == [refund.public_id]
    assert Deed.objects.latest("pk").why == "RF-77"
