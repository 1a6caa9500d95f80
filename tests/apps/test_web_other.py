"""Somebody else's meter: a masked name and the quote, nothing of the balance or the use, and not many tries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.complaints.models import Complaint
from bijoli.customers import reads as customers
from bijoli.customers.models import Access, Account
from bijoli.metering.models import Meter, UsagePoint
from bijoli.payments.models import Order
from tests.apps.alert_changes import state
from tests.apps.payments.outside import paid, work
from tests.apps.recharging import Till, hidden, text, till
from tests.households import meter, person

pytestmark = pytest.mark.django_db
UNKNOWN = "No prepaid meter can be recharged by this number"


@pytest.fixture
def shop() -> Iterator[Till]:
    with till() as found:
        yield found


@pytest.fixture
def theirs(shop: Till) -> Meter:
    made = meter(person(name="Karim Uddin Ahmed", language="en"))
    state(made, balance_paisa=98765, balance_at=int(timezone.now().timestamp()))
    return made


def account_of(at: Meter) -> Account:
    return Account.objects.get(usage_point__installations__meter=at)


def look(shop: Till, number: str, amount: str = "500") -> Any:
    return shop.client.post("/recharge/other/", {"number": number, "amount": amount})


def pay(shop: Till, shown: Any) -> Any:
    return shop.client.post("/recharge/other/", {**hidden(shown), "gateway": "paper"})


def test_the_name_is_masked_and_nothing_else_is_told(shop: Till, theirs: Meter) -> None:
    said = text(look(shop, theirs.number))
    assert "K**** U**** A****" in said
    assert f"•••• {theirs.number[-4:]}" in said
    assert "Goes to the meter" in said
    for secret in ("Karim", theirs.number, account_of(theirs).number, "987.65"):
        assert secret not in said


def test_without_a_known_name_the_number_alone(shop: Till) -> None:
    nameless = meter()
    said = text(look(shop, nameless.number))
    assert "****" not in said
    assert f"•••• {nameless.number[-4:]}" in said


def test_a_bangla_name_keeps_its_vowel_sign() -> None:
    made = meter(person(name="রহিমা খাতুন"))
    assert customers.masked_name(account_of(made).pk) == "র**** খা****"


@pytest.mark.parametrize("write", [str, lambda n: n.removeprefix("0"), lambda n: f" {n[:4]} {n[4:8]}-{n[8:]} "])
def test_the_number_as_people_write_it(shop: Till, theirs: Meter, write: Any) -> None:
    assert "K****" in text(look(shop, write(theirs.number)))


def test_in_bangla_digits_and_by_the_account(shop: Till, theirs: Meter) -> None:
    assert "K****" in text(look(shop, theirs.number.translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))))
    assert "K****" in text(look(shop, account_of(theirs).number))


def test_unknown_and_not_to_be_recharged_are_answered_alike(shop: Till, theirs: Meter) -> None:
    postpaid = meter(person(name="Postpaid"))
    Account.objects.filter(pk=account_of(postpaid).pk).update(mode="postpaid")
    answers = [look(shop, number) for number in ("999999999999", postpaid.number, "", "x" * 40, account_of(postpaid).number)]
    assert {answer.status_code for answer in answers} == {422}
    said = {re.sub(r'value="[^"]*"', "", re.sub(r'(name="csrf[^>]*|<meta name="csrf"[^>]*)>', "", a.content.decode())) for a in answers}
    assert len(said) == 1
    assert UNKNOWN in said.pop()


def test_it_is_paid_and_stays_masked(shop: Till, theirs: Meter) -> None:
    shown = look(shop, theirs.number)
    order = shop.paid_page(pay(shop, shown))
    assert (order.other, order.meter_id, order.customer_id) == (True, theirs.pk, shop.her.pk)
    shop.head_end_agrees(order)
    shop.paper.says[order.number] = paid()
    work(order)
    said = text(shop.client.get(f"/pay/{order.public_id}/"))
    assert "On the meter" in said
    told = text(shop.client.get("/n/"))
    paper = shop.client.get(f"/pay/{order.public_id}/receipt.pdf").content
    from tests.apps.papers import read

    for shown_text in (said, told, read(paper)[0].text):
        assert theirs.number[-4:] in shown_text
        for secret in (theirs.number, account_of(theirs).number, "Karim", "987.65"):
            assert secret not in shown_text


def test_the_payer_still_sees_nothing_of_the_account(shop: Till, theirs: Meter) -> None:
    pay(shop, look(shop, theirs.number))
    for page in ("recharge", "usage"):
        assert shop.client.get(f"/{page}/{account_of(theirs).public_id}/").status_code == 404


def test_what_was_found_is_no_use_to_another_person(shop: Till, theirs: Meter) -> None:
    fields = hidden(look(shop, theirs.number))
    stranger = Client()
    stranger.force_login(person(language="en"))
    answer = stranger.post("/recharge/other/", {**fields, "gateway": "paper"})
    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_a_token_of_ones_own_making_finds_nothing(shop: Till, theirs: Meter) -> None:
    fields = hidden(look(shop, theirs.number))
    assert shop.client.post("/recharge/other/", {**fields, "to": "1:abc:def", "gateway": "paper"}).status_code == 422


def test_numbers_cannot_be_tried_through(shop: Till) -> None:
    answers = [look(shop, f"66009999{n:04d}").status_code for n in range(13)]
    assert answers == [422] * 12 + [429]


def test_a_meter_of_ones_own_leads_to_its_own_page(shop: Till) -> None:
    assert look(shop, shop.home.number)["Location"] == shop.page


def test_too_little_is_refused_and_the_least_is_one_tap(shop: Till, theirs: Meter) -> None:
    from bijoli.payments.headend.port import Dues

    shop.dues[0] = Dues(3, 20000)
    refused = look(shop, theirs.number, "100")
    fields = dict(re.findall(r'(?:name="(to)" value="([^"]*)")', refused.content.decode()))
    least = re.search(r'name="quick" value="(\d+)"', refused.content.decode())[1]  # type: ignore[index]
    assert 'class="pay"' in shop.client.post("/recharge/other/", {**fields, "quick": least}).content.decode()


def not_credited(shop: Till, order: str, account: str = "none") -> Any:
    given = {"draft": str(uuid4()), "category": "not_credited", "account": account, "text": "It is not there", "order": order}
    return shop.client.post("/help/complaints/new/", given)


def test_who_paid_for_somebody_elses_meter_complains_of_the_payment_and_sees_nothing_of_the_account(shop: Till, theirs: Meter) -> None:
    UsagePoint.objects.filter(account=account_of(theirs)).update(division="Tongi West")
    order = shop.paid_page(pay(shop, look(shop, theirs.number)))
    page = shop.client.get(f"/pay/{order.public_id}/").content.decode()
    [link] = re.findall(r'href="(/help/complaints/new/[^"]*)"', page)
    form = shop.client.get(link.replace("&amp;", "&"))
    assert re.search(r'<option value="none" selected', form.content.decode())
    assert order.number in text(form)
    assert not_credited(shop, str(order.public_id)).status_code == 302
    made = Complaint.objects.get()
    assert (made.account, made.division, made.facts[0]["number"]) == (None, "Tongi West", order.number)
    shown = text(shop.client.get(f"/help/complaints/{made.public_id}/"))
    assert order.number in shown
    for secret in ("Karim", theirs.number, account_of(theirs).number, "987.65", "Tongi"):
        assert secret not in text(form) + shown
    owner = Client()
    owner.force_login(account_of(theirs).access.get().customer)
    assert order.number not in text(owner.get("/help/complaints/"))


def test_without_a_payment_of_ones_own_such_a_complaint_needs_an_account(shop: Till, theirs: Meter) -> None:
    order = shop.paid_page(pay(shop, look(shop, theirs.number)))
    Order.objects.update(customer=person())
    for key in (str(order.public_id), str(uuid4()), "nonsense", ""):
        assert not_credited(shop, key).status_code == 422
    assert not Complaint.objects.exists()


def test_a_payer_who_may_not_complain_of_the_account_complains_of_the_payment(shop: Till) -> None:
    Access.objects.update(role="payer")
    order = shop.paid_page(shop.pay())
    assert not_credited(shop, str(order.public_id), str(shop.account.public_id)).status_code == 422
    assert not_credited(shop, str(order.public_id)).status_code == 302
    assert Complaint.objects.get().account is None
