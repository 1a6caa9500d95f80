"""Recharging in the app: the quote before paying, what is refused and in which words, and that what was shown is what is ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bijoli.payments.gateways.port import GatewayAway, GatewayRefused
from bijoli.payments.headend.port import Dues, HeadEndAway
from bijoli.payments.models import Closure, GatewayCall, Order
from bijoli.payments.orders import Opening
from tests.apps.alert_changes import state
from tests.apps.recharging import Till, hidden, other_key, text, till

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[Till]:
    with till() as found:
        yield found


def due(shop: Till, months: int, arrears: int = 0) -> None:
    shop.dues[0] = Dues(months, arrears)


def test_the_page_asks_for_an_amount_and_offers_quick_ones(shop: Till) -> None:
    said = shop.client.get(shop.page).content.decode()
    assert 'name="amount"' in said
    assert 'name="quick" value="500"' in said
    assert "not possible yet" not in said


def test_the_key_enter_takes_the_typed_amount_and_no_quick_one(shop: Till) -> None:
    said = shop.client.get(shop.page).content.decode()
    form = said[said.index(f'action="{shop.page}quote/"') :]
    assert "name" not in form[form.index("<button") :].split(">")[0]


def test_without_a_gateway_it_says_how_else(shop: Till, settings: Any) -> None:
    settings.GATEWAYS = []
    assert "not possible yet" in text(shop.client.get(shop.page))
    assert shop.quote().status_code == 302


def test_the_quote_shows_every_charge(shop: Till) -> None:
    due(shop, 2, 15000)
    said = text(shop.quote("1000"))
    for words in ("VAT", "Demand charge, 2 months", "Meter rent, 2 months", "Arrears", "Rebate", "Goes to the meter"):
        assert words in said, words
    assert "৳ −150.00" in said


def test_bangla_digits_are_an_amount(shop: Till) -> None:
    assert "৳ 500.00" in text(shop.quote("৫০০"))


@pytest.mark.parametrize("typed", ["", "abc", "-5", "1", "99999999", "5.001"])
def test_what_is_no_amount_is_told_so(shop: Till, typed: str) -> None:
    said = shop.quote(typed)
    assert 'role="alert"' in said.content.decode()
    assert 'class="pay"' not in said.content.decode()


def test_an_amount_that_does_not_cover_the_charges_is_refused_with_the_smallest_that_does(shop: Till) -> None:
    due(shop, 3, 20000)
    refused = shop.quote("200")
    least_one = int(re.search(r"\?amount=(\d+)", refused.content.decode())[1])  # type: ignore[index]
    assert f"Recharge at least ৳ {least_one}" in text(refused)
    assert 'class="pay"' not in refused.content.decode()
    assert 'class="pay"' in shop.quote(str(least_one)).content.decode()
    assert 'class="pay"' not in shop.quote(str(least_one - 1)).content.decode()


def test_a_refused_amount_cannot_be_posted_either(shop: Till) -> None:
    fields = hidden(shop.quote("500"))
    due(shop, 3, 60000)
    answer = shop.client.post(f"{shop.page}quote/", {**fields, "gateway": "paper", "credited": "-1"})
    assert "does not cover" in text(answer)
    assert not Order.objects.exists()


def test_what_was_shown_is_what_is_ordered(shop: Till) -> None:
    due(shop, 1)
    shown = shop.quote("500")
    answer = shop.pay(shown=shown)
    order = shop.paid_page(answer)
    assert answer.status_code == 303
    assert answer["Location"].endswith("/go/")
    assert str(order.quote["credited"]) == hidden(shown)["credited"]
    assert order.quote["months"] == 1
    assert (order.amount_paisa, order.other, order.meter_id, order.customer_id) == (50000, False, shop.home.pk, shop.her.pk)


def test_the_way_to_the_gateway_is_a_page_of_ours(shop: Till) -> None:
    order = shop.paid_page(answer := shop.pay())
    gone = shop.client.get(answer["Location"]).content.decode()
    assert f"0; url=http://gateway.invalid/{order.number}" in gone
    assert "form-action 'self'" in shop.client.get(shop.page)["Content-Security-Policy"]


def test_a_quote_that_changed_meanwhile_is_shown_again(shop: Till) -> None:
    shown = shop.quote("500")
    due(shop, 1)
    again = shop.pay(shown=shown)
    assert "charges have changed" in text(again)
    assert not Order.objects.exists()
    assert shop.pay(shown=again).status_code == 303


def test_a_form_sent_twice_is_one_order(shop: Till) -> None:
    shown = shop.quote()
    first, second = shop.pay(shown=shown), shop.pay(shown=shown)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == len(shop.paper.begun) == 1


def test_a_second_tap_waits_for_the_first(shop: Till) -> None:
    shop.paper.begin_says = Opening("now")
    answer = shop.pay()
    assert answer["Location"].endswith("/go/")
    waiting = shop.client.get(answer["Location"]).content.decode()
    assert 'http-equiv="refresh" content="1"' in waiting
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert shop.client.get(answer["Location"]).status_code == 302


def test_a_key_of_another_payment_is_refused_kindly(shop: Till) -> None:
    used = hidden(shop.quote())["key"]
    shop.pay(key=used)
    answer = shop.pay("700", key=used)
    assert "used already" in text(answer)
    assert hidden(answer)["key"] != used
    assert Order.objects.count() == 1


@pytest.mark.parametrize(("error", "words"), [(GatewayAway("x"), "did not answer"), (GatewayRefused("x"), "does not take this payment")])
def test_a_gateway_that_fails_loses_nothing(shop: Till, error: Exception, words: str) -> None:
    shop.paper.begin_says = error
    answer = shop.pay()
    assert answer.status_code == 200
    assert words in text(answer)
    shop.paper.begin_says = None
    assert shop.pay(shown=answer).status_code == 303


def test_a_gateway_that_rests_is_greyed(shop: Till) -> None:
    shown = shop.quote()
    now = timezone.now()
    GatewayCall.objects.bulk_create([GatewayCall(gateway="paper", what="begin", at=now, ok=False, ms=1) for _ in range(6)])
    assert re.search(r'<button class="gate paper"[^>]* disabled', shop.quote().content.decode())
    assert "Choose another way" in text(shop.pay(shown=shown))
    assert not Order.objects.exists()


def test_a_silent_head_end_sells_nothing(shop: Till) -> None:
    shown = shop.quote()

    def away(number: str, at: Any) -> Dues:
        raise HeadEndAway("x")

    shop.meters.dues = away  # type: ignore[method-assign]
    for answer in (shop.quote(), shop.pay(shown=shown)):
        assert "try again in a few minutes" in text(answer)
        assert 'class="pay"' not in answer.content.decode()
    assert not Order.objects.exists()


def closure(policy: str, begins: timedelta = timedelta(hours=-1)) -> None:
    now = timezone.now()
    Closure.objects.create(starts_at=now + begins, ends_at=now + begins + timedelta(hours=3), policy=policy, words={"en": "New software."})


def test_while_recharge_is_closed_nothing_is_paid(shop: Till) -> None:
    shown = shop.quote()
    closure("refuse")
    assert "Nothing can be paid until then" in text(shop.client.get(shop.page))
    assert "New software." in text(shop.client.get(shop.page))
    assert 'name="amount"' not in shop.client.get(shop.page).content.decode()
    assert 'class="pay"' not in shop.quote().content.decode()
    assert shop.pay(shown=shown).status_code == 200
    assert not Order.objects.exists()


def test_where_payments_are_held_that_is_said_before(shop: Till) -> None:
    closure("hold")
    assert "reaches your meter after" in text(shop.quote())
    assert shop.pay().status_code == 303


def test_a_closure_to_come_is_announced(shop: Till) -> None:
    closure("refuse", timedelta(hours=5))
    assert "will be closed from" in text(shop.client.get(shop.page))
    assert shop.pay().status_code == 303


def test_a_viewer_looks_and_does_not_pay() -> None:
    with till(role="viewer") as shop:
        assert 'name="amount"' not in shop.client.get(shop.page).content.decode()
        assert shop.quote().status_code == 302
        answer = shop.client.post(f"{shop.page}quote/", {"amount": "500", "gateway": "paper", "key": other_key(), "credited": "1"})
        assert answer.status_code == 302
        assert not Order.objects.exists()


@pytest.mark.parametrize("role", ["owner", "payer", "tenant"])
def test_the_others_pay(role: str) -> None:
    with till(role=role) as shop:
        assert shop.pay().status_code == 303


def test_orders_are_limited(shop: Till) -> None:
    answers = [shop.pay().status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]


def test_a_balance_that_stays_below_zero_is_told_with_what_it_takes(shop: Till) -> None:
    state(shop.home, balance_paisa=-60000, balance_at=int(timezone.now().timestamp()))
    said = text(shop.quote("500"))
    taka = int(re.search(r"From ৳ ([\d,]+) on", said)[1].replace(",", ""))  # type: ignore[index]
    assert "stays below zero" not in text(shop.quote(str(taka)))
    assert "stays below zero" in text(shop.quote(str(taka - 1)))


def test_nothing_is_foretold_where_nobody_knows(shop: Till) -> None:
    assert "units" not in text(shop.quote("500"))
