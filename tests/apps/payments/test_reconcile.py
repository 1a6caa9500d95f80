"""The three-way reconciliation: a clean day is clean; each kind of difference is found, and only that."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.payments import reconcile, refunds
from bijoli.payments.gateways.port import Paid, RefundTold
from bijoli.payments.headend.port import HeadEndAway
from bijoli.payments.models import Difference, Order, Payment, Posting, Reconciliation, Refund, Vend
from bijoli.payments.settling import settle
from tests.apps.payments.days import bought, line, noon, row, stated
from tests.apps.payments.outside import outside, paid
from tests.households import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def meters():
    with outside() as (_paper, headend):
        yield headend


def day(days_ago=1):
    return noon(days_ago).date()


def compared(days_ago=1):
    """Kinds and paisa of what was found."""
    kept = reconcile.compare(day(days_ago), timezone.now())
    return [(one.kind, one.gateway_paisa, one.ledger_paisa, one.headend_paisa) for one in reconcile.rows(kept)]


def verdict(days_ago=1):
    kept = Reconciliation.objects.get(day=day(days_ago))
    return reconcile.verdict(kept, kept.differences.count())


def sides(gateway="paper", days_ago=1):
    return Reconciliation.objects.get(day=day(days_ago)).sums["gateways"][gateway]


def clean(meters, *transactions):
    """A day of recharges on which everybody agrees."""
    orders = [bought(transaction) for transaction in transactions]
    meters.lists[day()] = [line(order) for order in orders]
    return orders, [row(transaction, order) for transaction, order in zip(transactions, orders, strict=True)]


def test_a_clean_day_is_clean(meters):
    _, rows = clean(meters, "T1", "T2", "T3")
    stated(*rows)
    meters.lists[day()].append(line(Order(number="R-elsewhere"), gross=7000))
    assert compared() == []
    assert verdict() == "clean"
    assert sides() == {name: [3, 150000] for name in ("statement", "ledger", "vended", "credited")}
    assert sides("") == {"credited": [1, 7000]}


def test_a_statement_that_has_not_come_is_no_difference(meters):
    clean(meters, "T1")
    assert compared() == []
    assert verdict() == "waiting"
    assert reconcile.missing(Reconciliation.objects.get()) == ["paper"]


def test_only_the_gateway_has_it(meters):
    [order], rows = clean(meters, "T1")
    stated(*rows, row("T2", order, paisa=30000), row("T3"))
    assert compared() == [("only_gateway", 30000, None, None), ("only_gateway", 50000, None, None)]
    assert {one.order_id for one in Difference.objects.all()} == {order.pk, None}
    assert verdict() == "different"


def test_the_statement_does_not_have_it(meters):
    _, rows = clean(meters, "T1", "T2")
    stated(rows[0])
    assert compared() == [("only_ledger", None, 50000, None)]
    assert Difference.objects.get().transaction_id == "T2"


def test_an_amount_that_is_another(meters):
    [order], _ = clean(meters, "T1")
    stated(row("T1", order, paisa=49999))
    assert compared() == [("amount", 49999, 50000, None)]


def test_a_ledger_that_lacks_an_entry(meters):
    _, rows = clean(meters, "T1")
    stated(*rows)
    with connection.cursor() as cursor:  # nobody can, but the owner of the tables
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_posting DISABLE TRIGGER USER")
        Posting.objects.filter(entry__key__startswith="payment:").delete()
        cursor.execute("ALTER TABLE payments_posting ENABLE TRIGGER USER")
    assert compared() == [("amount", 50000, None, None), ("unbalanced", 0, -50000, None)]


def test_a_statement_that_names_another_order(meters):
    orders, _ = clean(meters, "T1", "T2")
    stated(row("T1", orders[1]), row("T2", orders[1]))
    assert compared() == [("other_order", 50000, 50000, None)]


def test_paid_and_never_sent_to_the_meter(meters):
    order = bought("T1", arrives=False)
    stated(row("T1", order))
    assert compared() == [("not_on_meter", None, 50000, None)]
    Vend.objects.update(not_before=timezone.now() + timedelta(hours=3))  # recharge is closed
    assert compared() == []


def test_credited_by_us_and_not_by_the_head_end(meters):
    orders, rows = clean(meters, "T1", "T2")
    stated(*rows)
    meters.lists[day()] = [line(orders[0])]
    assert compared() == [("not_on_meter", None, 50000, None)]
    assert Difference.objects.get().order_id == orders[1].pk


def test_a_credit_that_we_do_not_know_of(meters):
    order = bought("T1", arrives=False)
    stated(row("T1", order))
    Vend.objects.update(state="sent")
    meters.lists[day()] = [line(order)]
    assert compared() == [("not_on_meter", None, 50000, None), ("only_headend", None, None, 50000)]
    [other], _ = clean(meters, "T2")
    stated(row("T2", other))
    meters.lists[day()] = [line(other, key=uuid4())]  # our number, another key
    assert ("only_headend", None, None, 50000) in compared()


def test_a_credit_that_counts_twice(meters):
    [order], rows = clean(meters, "T1")
    stated(*rows)
    meters.lists[day()] *= 2
    assert compared() == [("double_credit", None, 50000, 100000)]
    meters.lists[day()] = [line(order)]
    assert compared() == []
    meters.lists[day(2)] = [line(order)]  # and once more in another day's list
    assert compared(2) == [("double_credit", None, 50000, 50000)]


def test_a_credit_of_another_amount(meters):
    [order], rows = clean(meters, "T1")
    stated(*rows)
    meters.lists[day()] = [line(order, credited=47856)]
    assert compared() == [("amount", None, 50000, 50000)]


@pytest.mark.parametrize("wrong", ["amount", "risk"])
def test_money_that_waits_for_a_person(meters, wrong):
    told = paid(40000, at=noon()) if wrong == "amount" else paid(at=noon(), wrong="risk")
    paisa = told.paid[0].paisa
    order = bought("T1", arrives=False, told=told)
    stated(row("T1", order, paisa=paisa))
    assert compared() == [("review", None, paisa, None)]
    assert order.state == "review"


def test_money_that_came_twice_waits_for_its_refund_and_then_is_clean(meters):
    [order], rows = clean(meters, "T1")
    settle(order.pk, paid(transaction="T1", at=noon()), noon())
    settle(order.pk, type(paid())(paid().attempt, (Paid("T9", 50000, at=noon()),)), noon())
    stated(*rows, row("T9", order))
    assert compared() == [("review", None, 50000, None)]
    refund = Refund.objects.get()
    refunds.approve(refund.public_id, person().pk, noon())
    Refund.objects.update(state="sent")
    refunds.apply(refund.pk, RefundTold("refunded", "rf1"), noon())
    assert compared() == [("only_ledger", None, -50000, None)]  # the statement came and does not have it
    stated(row("rf1", order, kind="refund"))
    assert compared() == []
    assert sides()["ledger_refunds"] == sides()["statement_refunds"] == [1, 50000]


def test_a_refund_that_only_the_gateway_has(meters):
    [order], rows = clean(meters, "T1")
    stated(*rows, row("rf7", order, kind="refund"))
    assert compared() == [("only_gateway", -50000, None, None)]


def test_money_around_midnight_is_carried_over(meters):
    """By our clock it came a minute before midnight; the gateway counts it to the next day."""
    edge = noon(2).replace(hour=23, minute=59)
    order = bought("T1", at=edge)
    meters.lists[day(2)] = [line(order)]
    stated(days_ago=2)
    assert compared(2) == []  # the next day's statement may have it
    assert sides(days_ago=2)["carried"] == [1, 50000]
    stated(row("T1", order, at=edge + timedelta(minutes=2)))
    assert compared(2) == []
    assert compared(1) == []
    assert sides(days_ago=1)["statement"] == [1, 50000]
    Payment.objects.update(at=noon(2))  # not near midnight, and in the other day's statement all the same
    assert compared(2) == []


def test_midnight_excuses_nothing_once_both_statements_are_there(meters):
    order = bought("T1", at=noon(2).replace(hour=23, minute=59))
    meters.lists[day(2)] = [line(order)]
    stated(days_ago=2)
    stated()
    assert compared(2) == [("only_ledger", None, 50000, None)]


def test_a_credit_that_the_head_end_took_the_day_before_we_heard_of_it(meters):
    order = bought("T1", at=noon(2))
    Vend.objects.update(ended_at=noon(1))
    stated(row("T1", order, at=noon(2)), days_ago=2)
    stated()
    meters.lists[day(2)] = [line(order)]
    assert compared(2) == []
    assert compared(1) == []
    assert sides(days_ago=1)["credited_carried"] == [1, 50000]


def test_a_head_end_that_is_away_is_said_and_asked_again(meters):
    _, rows = clean(meters, "T1")
    stated(*rows)
    lists, meters.lists = meters.lists, {day(): HeadEndAway("closed")}
    assert reconcile.nightly(timezone.now(), 0, lambda: True) == 0
    assert verdict() == "waiting"
    made = Reconciliation.objects.get().made_at
    assert reconcile.nightly(timezone.now(), 0, lambda: True) == 0
    assert Reconciliation.objects.get().made_at == made  # not at once
    meters.lists = lists
    assert reconcile.nightly(timezone.now() + timedelta(minutes=6), 0, lambda: True) is None
    assert Reconciliation.objects.count() == 3
    assert verdict() == "clean"


def test_made_again_it_replaces_what_it_said(meters):
    order = bought("T1", arrives=False)
    stated(row("T1", order))
    assert len(compared()) == 1
    Order.objects.update(state="done")
    Vend.objects.update(state=VendState.SENT)
    Vend.objects.update(state=VendState.ON_METER, ended_at=noon())
    meters.lists[day()] = [line(order)]
    assert compared() == [("unbalanced", 0, 50000, None)]  # nothing was entered
    assert Reconciliation.objects.count() == 1


def test_a_house_without_money_makes_no_rows(db):
    assert reconcile.nightly(timezone.now(), 0, lambda: True) is None
    assert not Reconciliation.objects.exists()


def test_today_is_not_over(meters):
    with pytest.raises(ValueError, match="not over"):
        reconcile.compare(timezone.localdate(), timezone.now())


def test_the_command(meters, capsys):
    _, rows = clean(meters, "T1")
    call_command("reconcile")
    assert "no statement yet: paper" in capsys.readouterr().out
    stated(*rows, row("T2"))
    with pytest.raises(CommandError, match="1 differences"):
        call_command("reconcile", day=day())
    assert "only_gateway: - paper T2 gateway 50000 ledger None head-end None" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not over"):
        call_command("reconcile", day=timezone.localdate())


def test_the_chore_is_on_the_list():
    from bijoli.metering import upkeep

    assert {"reconciliation", "gateway calls", "gateway notices"} <= set(upkeep.CHORES)
