"""States of orders and vends, and what each step writes into the ledger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core import payment
from bijoli.core.payment import MOVES, OPEN, UNPAID, VEND_MOVES, IllegalMove, OrderState, VendState

amounts = st.integers(0, 10**9)


def test_every_state_has_its_moves_and_every_end_can_be_reached():
    assert set(MOVES) == set(OrderState)
    assert set(VEND_MOVES) == set(VendState)
    reached, new = {OrderState.CREATED}, {OrderState.CREATED}
    while new:
        new = {after for state in new for after in MOVES[state]} - reached
        reached |= new
    assert reached == set(OrderState)


def test_money_that_comes_late_is_taken_whatever_the_order_had_ended_with():
    assert all(OrderState.PAID in MOVES[state] and OrderState.REVIEW in MOVES[state] for state in UNPAID)


def test_a_paid_order_never_becomes_unpaid():
    beyond = {OrderState.PAID, OrderState.DONE, OrderState.REVIEW, OrderState.REFUNDING, OrderState.REFUNDED}
    assert not {after for state in beyond for after in MOVES[state]} & UNPAID


def test_nothing_leaves_a_final_state():
    assert not MOVES[OrderState.DONE]
    assert not MOVES[OrderState.REFUNDED]
    assert not VEND_MOVES[VendState.ON_METER]


@pytest.mark.parametrize(("before", "after"), [("done", "paid"), ("paid", "pending"), ("created", "done"), ("refunded", "paid")])
def test_an_illegal_move_is_refused(before, after):
    with pytest.raises(IllegalMove, match=f"from {before} to {after}"):
        payment.check_move(before, after)


def test_an_illegal_move_of_a_vend_is_refused():
    payment.check_vend_move("refused", "queued")
    with pytest.raises(IllegalMove, match="from on_meter to queued"):
        payment.check_vend_move("on_meter", "queued")


def test_open_orders_are_unpaid():
    assert OPEN < UNPAID


@given(amounts, amounts, amounts, amounts, amounts, amounts)
def test_a_recharge_s_postings_add_up_to_zero(vat, demand, rent, arrears, energy, rebate):
    gross = vat + demand + rent + arrears + energy
    split = {"gross": gross, "vat": vat, "demand": demand, "rent": rent, "arrears": arrears, "rebate": rebate, "credited": energy + rebate}
    postings = payment.vended(split)
    assert sum(postings.values()) == 0
    assert 0 not in postings.values()
    assert postings.get(payment.UNAPPLIED, 0) == gross


def test_a_split_that_does_not_add_up_is_refused():
    split = {"gross": 100, "vat": 5, "demand": 0, "rent": 0, "arrears": 0, "rebate": 0, "credited": 94}
    with pytest.raises(ValueError, match="does not add up"):
        payment.vended(split)


@given(st.integers(1, 10**9), amounts, amounts)
def test_other_postings_add_up_to_zero(bill, late, advance):
    for postings in (payment.bill_paid(bill, late, advance), payment.received("bkash", bill), payment.returned("bkash", bill)):
        assert sum(postings.values()) == 0


def test_what_came_and_went_back_leaves_nothing():
    came, went = payment.received("nagad", 500), payment.returned("nagad", 500)
    assert {account: came[account] + went[account] for account in came} == {"gateway:nagad": 0, "unapplied": 0}
