"""One payment as its payer sees it: honest words for each state, tokens in order, a receipt that says what the quote said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.core.payment import OrderState, VendState
from bijoli.customers.models import Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.payments import refunds
from bijoli.payments.gateways.port import Attempt, Told
from bijoli.payments.models import Order, Payment, Vend
from tests.apps.alert_changes import state
from tests.apps.papers import read
from tests.apps.payments.outside import paid, work
from tests.apps.recharging import Till, text, till
from tests.households import person, phone

pytestmark = pytest.mark.django_db
TOKENS = tuple(f"{n:020d}" for n in range(1, 19))


@pytest.fixture
def shop() -> Iterator[Till]:
    with till() as found:
        yield found


def ordered(shop: Till, amount: str = "500") -> Order:
    order = shop.paid_page(shop.pay(amount))
    shop.head_end_agrees(order)
    return order


def bought(shop: Till, amount: str = "500") -> Order:
    order = ordered(shop, amount)
    shop.paper.says[order.number] = paid(order.amount_paisa)
    return work(order)


def page(shop: Till, order: Order) -> str:
    return text(shop.client.get(f"/pay/{order.public_id}/"))


def told(shop: Till, order: Order, version: str = "") -> Any:
    return shop.client.get(f"/pay/{order.public_id}/state", {"v": version}).json()


def test_while_it_is_not_paid_the_page_says_that_we_ask(shop: Till) -> None:
    order = ordered(shop)
    said = page(shop, order)
    assert "Payment is being verified" in said
    assert "Continue to paper" in said
    assert "Receipt" not in said


def test_paid_sent_and_on_the_meter(shop: Till) -> None:
    order = ordered(shop)
    before = told(shop, order)
    assert before["live"] is True
    shop.meters.state = VendState.ACCEPTED
    shop.paper.says[order.number] = paid()
    work(order)
    midway = told(shop, order, before["v"])
    assert midway["title"] == "Paid, on its way to the meter"
    assert midway["html"].count('class="done"') == 2
    assert "html" not in told(shop, order, midway["v"])
    shop.meters.state = VendState.ON_METER
    work(order)
    after = told(shop, order, midway["v"])
    assert after["title"] == "On the meter"
    assert after["html"].count('class="done"') == 3


def test_the_new_balance_stands_there_once_the_meter_has_told_it(shop: Till) -> None:
    order = bought(shop)
    assert "New balance" not in page(shop, order)
    state(shop.home, balance_paisa=123456, balance_at=int(timezone.now().timestamp()) + 5)
    assert "New balance: ৳ 1,234.56" in page(shop, order)


def test_the_receipt_is_the_quote(shop: Till) -> None:
    quoted = text(shop.quote("500"))
    order = bought(shop)
    said = page(shop, order)
    assert "The same as in the quote" in said
    vat, left = re.findall(r"VAT (৳ \S+)|Goes to the meter (৳ \S+)", quoted)
    assert f"VAT {vat[0]}" in said
    assert f"Added to the meter {left[1]}" in said
    assert order.number in said
    assert "T1" in said


def test_another_split_than_the_quote_is_not_called_the_same(shop: Till) -> None:
    order = bought(shop)
    Vend.objects.update(split={**order.quote, "rent": 1, "credited": order.quote["credited"] - 1})
    assert "The same as in the quote" not in page(shop, order)


def test_the_receipt_on_paper(shop: Till) -> None:
    order = bought(shop)
    said = read(shop.client.get(f"/pay/{order.public_id}/receipt.pdf").content)[0].text
    for words in ("Receipt of a recharge", order.number, shop.account.number, shop.home.number, "VAT", "Added to the meter", "T1"):
        assert words in said, words


def test_no_paper_of_what_was_not_paid(shop: Till) -> None:
    assert shop.client.get(f"/pay/{ordered(shop).public_id}/receipt.pdf").status_code == 404


@pytest.mark.parametrize(
    ("attempt", "words"),
    [(Attempt.FAILED, "Payment failed"), (Attempt.CANCELLED, "Payment cancelled"), (Attempt.EXPIRED, "The time to pay is over")],
)
def test_what_was_not_paid_can_be_tried_again(shop: Till, attempt: Attempt, words: str) -> None:
    order = ordered(shop)
    shop.paper.says[order.number] = Told(attempt)
    work(order)
    answer = shop.client.get(f"/pay/{order.public_id}/")
    assert words in text(answer)
    assert f"{shop.page}quote/?amount=500.00" in answer.content.decode()
    assert told(shop, order)["live"] is False


def test_money_in_review_loses_nothing_and_names_the_number(shop: Till) -> None:
    order = ordered(shop)
    shop.paper.says[order.number] = paid(49900)
    work(order)
    said = page(shop, order)
    assert "You lose nothing" in said
    assert order.number in said
    assert "Sent to the meter" not in said


def test_a_refused_recharge_is_not_said_to_be_on_the_meter(shop: Till) -> None:
    shop.meters.state = VendState.REFUSED
    order = bought(shop)
    said = page(shop, order)
    assert "We are looking into it" in said
    assert "Paid ৳ 500.00" in said
    assert "Added to the meter" not in said


def test_what_is_on_its_way_goes_to_the_meter(shop: Till) -> None:
    shop.meters.state = VendState.ACCEPTED
    said = page(shop, bought(shop))
    assert "Goes to the meter" in said
    assert "Added to the meter" not in said


@pytest.mark.parametrize(("state_", "words"), [(OrderState.REFUNDING, "going back to you"), (OrderState.REFUNDED, "was sent back")])
def test_money_that_goes_back(shop: Till, state_: OrderState, words: str) -> None:
    order = ordered(shop)
    shop.paper.says[order.number] = paid(49900)
    work(order)
    steps = {OrderState.REFUNDING: [OrderState.REFUNDING], OrderState.REFUNDED: [OrderState.REFUNDING, OrderState.REFUNDED]}
    for step in steps[state_]:
        Order.objects.filter(pk=order.pk).update(state=step)
    assert words in page(shop, order)


def test_a_meter_that_does_not_answer_for_hours(shop: Till) -> None:
    shop.meters.state = VendState.ACCEPTED
    order = bought(shop)
    Order.objects.update(paid_at=timezone.now() - timedelta(hours=2))
    assert "Your money is safe" in page(shop, order)


def test_held_until_recharge_opens_again(shop: Till) -> None:
    shop.meters.state = VendState.ACCEPTED
    order = bought(shop)
    Vend.objects.update(not_before=timezone.now() + timedelta(hours=3))
    assert "goes to the meter by itself after that" in page(shop, order)


def with_tokens(shop: Till, tokens: tuple[str, ...]) -> Order:
    shop.meters.state, shop.meters.tokens = VendState.TOKENS, tokens
    return bought(shop)


def test_a_token_is_written_in_groups_of_four_latin_digits() -> None:
    with till("bn") as shop:
        order = with_tokens(shop, ("12345678901234567890",))
        assert "1234 5678 9012 3456 7890" in page(shop, order)


def test_eighteen_tokens_stand_in_order_and_keep_the_place(shop: Till) -> None:
    order = with_tokens(shop, TOKENS)
    found = re.findall(r"\d{4} \d{4} \d{4} \d{4} \d{4}", page(shop, order))
    assert [each.replace(" ", "") for each in dict.fromkeys(found)] == list(TOKENS)
    answer = shop.client.post(f"/pay/{order.public_id}/typed", {"place": "0", "typed": "1"})
    assert answer["Location"] == f"/pay/{order.public_id}/#tokens"
    shop.client.post(f"/pay/{order.public_id}/typed", {"place": "1", "typed": "1"})
    assert "2 of 18 typed" in page(shop, order)
    shown = shop.client.get(f"/pay/{order.public_id}/").content.decode()
    assert re.search(r'class="next"[^>]*>.*?0000 0000 0000 0000 0003', shown)
    shop.client.post(f"/pay/{order.public_id}/typed", {"place": "1", "typed": "0"})
    assert "1 of 18 typed" in page(shop, order)


@pytest.mark.parametrize("place", ["18", "-1", "x", ""])
def test_a_token_that_is_not_there_cannot_be_ticked(shop: Till, place: str) -> None:
    order = with_tokens(shop, TOKENS)
    assert shop.client.post(f"/pay/{order.public_id}/typed", {"place": place, "typed": "1"}).status_code == 404


def test_tokens_and_payments_are_nobody_elses(shop: Till) -> None:
    order = with_tokens(shop, TOKENS)
    stranger = Client()
    family = person(language="en")
    shop.account.access.create(customer=family, since=timezone.now() - timedelta(days=1))
    for someone in (person(language="en"), family):
        stranger.force_login(someone)
        for path in ("", "go/", "state", "receipt.pdf"):
            assert stranger.get(f"/pay/{order.public_id}/{path}").status_code == 404
        assert stranger.post(f"/pay/{order.public_id}/typed", {"place": "0", "typed": "1"}).status_code == 404
    assert Vend.objects.get().typed == []


def test_the_payer_alone_is_told_once(shop: Till) -> None:
    phone(shop.her)
    shop.account.access.create(customer=person(), since=timezone.now() - timedelta(days=1))
    order = bought(shop)
    work(order)
    notification = Notification.objects.get(kind="pay")
    assert (notification.code, notification.customer_id) == ("P1", shop.her.pk)
    assert Delivery.objects.get(notification=notification).status == "queued"
    assert "Home: ৳ 500 is on the meter" in text(shop.client.get("/n/"))
    detail = shop.client.get(f"/n/{notification.public_id}/").content.decode()
    assert f"/pay/{order.public_id}/" in detail


def test_tokens_then_the_meter_are_two_words(shop: Till) -> None:
    order = with_tokens(shop, ("1" * 20,))
    assert list(Notification.objects.values_list("code", flat=True)) == ["P2"]
    assert "1111" not in str(Notification.objects.values_list("facts", flat=True).get())
    assert order.state == OrderState.DONE


def test_money_in_review_is_told(shop: Till) -> None:
    order = ordered(shop)
    shop.paper.says[order.number] = paid(49900)
    work(order)
    assert list(Notification.objects.values_list("code", flat=True)) == ["P3"]


def test_money_that_went_back_is_told(shop: Till) -> None:
    order = ordered(shop)
    shop.paper.says[order.number] = paid(49900)
    work(order)
    refund = refunds.propose(Payment.objects.get().pk, person().pk, "wrong amount", timezone.now())
    refunds.approve(refund.public_id, person().pk, timezone.now())
    work(order)
    assert "Home: ৳ 499 was sent back to you" in text(shop.client.get("/n/"))


@pytest.mark.parametrize(("begin", "end", "silent"), [(time(0), time(23, 59, 59), True), (time(0), time(0), False)])
def test_a_late_word_comes_without_a_sound_in_quiet_hours(shop: Till, begin: time, end: time, silent: bool) -> None:
    phone(shop.her)
    Customer.objects.update(quiet_from=begin, quiet_until=end)
    bought(shop)
    assert Delivery.objects.get().silent is silent
