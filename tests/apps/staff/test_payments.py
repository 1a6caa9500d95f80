"""Payments on the staff's pages: what is shown to whom, what a person decides, and that each look and deed is written down."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.payments import worker
from bijoli.payments.models import Deed, Notice, Order, Vend
from bijoli.payments.settling import settle
from bijoli.staff.models import Looked
from bijoli.staff.roles import ROLES
from tests.apps.payments.outside import books, due, outside, paid, work
from tests.apps.staff.conftest import EAST, WEST
from tests.apps.staff.money import LIST, page, recharge, refused, risky

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world():
    with outside() as both:
        yield both


def said(answer):
    return re.findall(r'role="status">([^<]*)<', answer.content.decode())


def deeds(order):
    return list(Deed.objects.filter(order=order).order_by("pk").values_list("staff_id", "what", "why"))


def test_the_page_of_an_order_tells_everything(member):
    order = risky(EAST)
    Notice.objects.create(gateway="paper", body="msisdn=01711111111", genuine=True, order=order)
    shown = member("money").client.get(page(order)).content.decode()
    for words in (order.number, "T1", "the gateway doubts the payment", "Held by paper", "Customers&#x27; money, not used yet", "msisdn="):
        assert words in shown, words
    service = member("service").client.get(page(order)).content.decode()
    assert order.number in service
    assert "msisdn=" not in service
    assert "Held by paper" not in service


def test_each_look_is_written_down(member):
    order = recharge(EAST)
    one = member("service")
    one.client.get(page(order))
    look = Looked.objects.get(staff=one.person, page="payments.order/view")
    assert (look.customer_id, look.account_id, look.thing) == (order.customer_id, order.account_id, str(order.pk))
    assert one.person.name in member("administrator").client.get(f"/staff/customers/account/{order.account.public_id}/").content.decode()


def test_somebody_elses_payer_is_not_the_divisions(member):
    """The account is the division's, the payer is at home elsewhere."""
    order, stranger = recharge(EAST), recharge(WEST)
    Order.objects.filter(pk=order.pk).update(other=True, customer_id=stranger.customer_id)
    shown = member("administrator", EAST).client.get(page(order)).content.decode()
    assert "Who pays" not in shown
    assert "Who pays" in member("administrator", EAST, WEST).client.get(page(order)).content.decode()


@pytest.mark.parametrize("role", list(ROLES))
def test_rights_by_role(member, role):
    may, order = ROLES[role].may, risky(EAST)
    one = member(role)
    for url in (LIST, page(order), f"{LIST}find/"):
        assert one.client.get(url).status_code == (200 if "payments.view_order" in may else 403), url
    decides = one.client.post(f"{page(order)}accept/", {"why": "called"})
    assert decides.status_code == (302 if "payments.review_order" in may else 403)
    order.refresh_from_db()
    assert (order.state != "review") is ("payments.review_order" in may)


def test_a_division_sees_and_decides_its_own_alone(member):
    mine, theirs = risky(EAST), risky(WEST, "T2")
    one = member("administrator", EAST)
    assert one.client.get(page(mine)).status_code == 200
    for url in (page(theirs), f"{page(theirs)}refund/{theirs.payments.get().pk}/"):
        assert one.client.get(url).status_code in (403, 404)
    for verb in ("accept", "again", "split", "ask", f"refund/{theirs.payments.get().pk}"):
        assert one.client.post(f"{page(theirs)}{verb}/", {"why": "x"}).status_code == 404
    assert one.client.post(f"{page(mine)}refund/{theirs.payments.get().pk}/", {"why": "x"}).status_code == 404
    shown = one.client.get(LIST).content.decode()
    assert mine.number in shown
    assert theirs.number not in shown
    assert not Deed.objects.exists()


def test_accepted_money_goes_its_way(member, world):
    order, one = risky(EAST), member("money")
    assert "Accept the payment" in one.client.get(page(order)).content.decode()
    answer = one.client.post(f"{page(order)}accept/", {"why": "the payer called"}, follow=True)
    assert said(answer) == ["Accepted: the order is paid and goes its way."]
    assert deeds(order) == [(one.person.pk, "accept", "the payer called")]
    assert "the payer called" in answer.content.decode()
    assert work(order).state == "done"
    assert books()["unapplied"] == 0
    assert Looked.objects.filter(page="payments.order/accept", account_id=order.account_id).exists()
    again = one.client.post(f"{page(order)}accept/", {"why": "once more"}, follow=True)
    assert said(again) == ["A colleague was faster: look at its state."]
    assert len(deeds(order)) == 1


def test_another_amount_cannot_be_accepted(member):
    order = recharge(EAST)
    settle(order.pk, paid(40000, wrong="risk"), timezone.now())
    one = member("money")
    assert "Accept the payment" not in one.client.get(page(order)).content.decode()
    one.client.post(f"{page(order)}accept/", {"why": "x"})
    order.refresh_from_db()
    assert (order.state, deeds(order)) == ("review", [])


def test_money_that_goes_back_is_not_accepted(member):
    order, one = risky(EAST), member("money")
    one.client.post(f"{page(order)}refund/{order.payments.get().pk}/", {"why": "a mistake"})
    answer = one.client.post(f"{page(order)}accept/", {"why": "x"}, follow=True)
    assert said(answer)[-1:] == ["A refund of this money is proposed or under way. Withdraw it first."]
    order.refresh_from_db()
    assert order.state == "review"


def test_a_refused_recharge_is_sent_again_with_the_same_key(member, world):
    _, meters = world
    order, one = refused(EAST), member("treasurer")
    key = order.vend.key
    shown = one.client.get(page(order)).content.decode()
    assert "refused by the head-end: the meter is blocked there" in shown
    one.client.post(f"{page(order)}again/", {"why": "unblocked"})
    order = work(order)
    assert (order.state, Order.objects.get(pk=order.pk).vend.state) == ("done", "on_meter")
    assert set(meters.sent) == {key}
    assert deeds(order) == [(one.person.pk, "again", "unblocked")]


def test_a_changed_split_is_taken_where_the_customer_agreed(member, world):
    _, meters = world
    order, one = refused(EAST, "changed", demand=4200, credited=43657), member("money")
    meters.split = type(meters.split)(**order.vend.split)
    shown = one.client.get(page(order)).content.decode()
    assert "Promised were ৳ 478.57 for electricity; by the head-end it is ৳ 436.57." in shown
    refusal = one.client.post(f"{page(order)}split/", {"why": "  "}, follow=True)
    assert said(refusal) == ["Fill in what is asked for."]
    one.client.post(f"{page(order)}split/", {"why": "agreed by phone"})
    order = work(order)
    assert (order.state, Vend.objects.get(order=order).expected_paisa) == ("done", 43657)
    assert deeds(order) == [(one.person.pk, "split", "agreed by phone")]


def test_only_a_changed_split_is_offered(member):
    order, one = refused(EAST), member("money")
    assert "The customer agrees" not in one.client.get(page(order)).content.decode()
    one.client.post(f"{page(order)}split/", {"why": "x"})
    order.refresh_from_db()
    assert order.state == "review"


def test_the_gateway_is_asked_at_once(member, world):
    paper, _ = world
    order, one = recharge(EAST), member("service")
    paper.says[order.number] = paid()
    worker.drain()
    order.refresh_from_db()
    assert order.state == "created"  # its time has not come
    answer = one.client.post(f"{page(order)}ask/", follow=True)
    assert said(answer) == ["They are being asked. Look again in a few seconds."]
    worker.drain()
    order.refresh_from_db()
    assert order.state == "done"
    assert deeds(order) == [(one.person.pk, "ask", "")]


def test_the_head_end_is_asked_at_once(member, world):
    _, meters = world
    meters.state = VendState.ACCEPTED
    order, one = recharge(EAST), member("service")
    settle(order.pk, paid(), timezone.now())
    worker.drain()
    meters.state = VendState.ON_METER
    Vend.objects.update(ask_at=timezone.now() + timedelta(hours=1))
    one.client.post(f"{page(order)}ask/")
    worker.drain()
    order.refresh_from_db()
    assert order.state == "done"
    answer = one.client.post(f"{page(order)}ask/", follow=True)
    assert said(answer)[-1:] == ["A colleague was faster: look at its state."]


@pytest.mark.parametrize("verb", ["accept", "again", "split", "ask"])
def test_deeds_are_posts(member, verb):
    order = due(risky(EAST))
    assert member("administrator").client.get(f"{page(order)}{verb}/").status_code == 403


@pytest.mark.parametrize("change", ["UPDATE payments_deed SET why = ''", "DELETE FROM payments_deed"])
def test_the_database_forgets_no_deed(member, change):
    order, one = risky(EAST), member("money")
    one.client.post(f"{page(order)}accept/", {"why": "so"})
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert deeds(order)


def test_an_order_is_found_by_each_of_its_numbers(member):
    order, one = risky(EAST), member("service", EAST)
    for number in (order.number, order.number.lower(), "T1", order.account.number):
        answer = one.client.post(f"{LIST}find/", {"number": number})
        assert answer.headers.get("Location") == page(order), number
    answer = member("service", WEST).client.post(f"{LIST}find/", {"number": order.number})
    assert "No payment of your divisions has this number." in answer.content.decode()
    assert Looked.objects.filter(staff=one.person, page="payments.order/find", account_id=order.account_id).count() == 4


def test_several_hits_are_a_list(member):
    order = risky(EAST)
    Order.objects.filter(pk=recharge(EAST).pk).update(account_id=order.account_id)
    shown = member("service").client.post(f"{LIST}find/", {"number": order.account.number}).content.decode()
    assert shown.count(LIST) >= 2


def test_what_waits_comes_first_and_filters_narrow_the_list(member):
    review, opened = risky(EAST), recharge(EAST)
    one = member("service")
    shown = one.client.get(LIST).content.decode()
    assert shown.index("Waits for a decision") < shown.index("All orders") < shown.index(opened.number)
    today = timezone.localdate().isoformat()
    assert opened.number not in one.client.get(f"{LIST}?state=review").content.decode()
    assert opened.number in one.client.get(f"{LIST}?gateway=paper&day={today}&state=open").content.decode()
    assert review.number not in one.client.get(f"{LIST}?day=2020-01-01").content.decode()
    assert one.client.get(f"{LIST}?day=nonsense").status_code in (200, 302)
    assert one.client.get(f"{LIST}?customer__phone=1").status_code == 400
    waiting = {place.url: place.waiting for place in one.client.get("/staff/").context["places"]}
    assert waiting[LIST] == 1


@pytest.mark.parametrize("language", ["bn", "en"])
def test_every_page_in_both_languages(member, language):
    chief, orders = member("administrator"), [risky(EAST), refused(EAST), recharge(EAST)]
    type(chief.person).objects.update(language=language)
    for url in (LIST, f"{LIST}find/", *map(page, orders)):
        answer = chief.client.get(url)
        assert answer.status_code == 200
        assert ("পরিশোধ" in answer.content.decode()) == (language == "bn")
