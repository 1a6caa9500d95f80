"""What the database refuses by itself, whatever the code does."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bijoli.core.payment import MOVES, VEND_MOVES, OrderState, VendState
from bijoli.payments import ledger
from bijoli.payments.models import Entry, Order, Payment, Posting, Refund, Vend
from tests.apps.payments.outside import NOW, QUOTE, ordered
from tests.households import person

pytestmark = pytest.mark.django_db


def check_now() -> None:
    """What is deferred to the commit is looked at here."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_a_balanced_entry_stands_once():
    assert ledger.post("payment:1", {"gateway:x": 5, "unapplied": -5}, NOW)
    assert not ledger.post("payment:1", {"gateway:x": 5, "unapplied": -5}, NOW)
    check_now()
    assert (ledger.balance("gateway:x"), ledger.balance("unapplied"), ledger.balance("vat")) == (5, -5, 0)


@pytest.mark.parametrize("postings", [{}, {"a": 1}, {"a": 5, "b": -4}])
def test_an_entry_that_is_not_balanced_is_refused_by_the_code(postings):
    with pytest.raises(ledger.Unbalanced):
        ledger.post("payment:1", postings, NOW)


@pytest.mark.parametrize("paisa", [(), (5,), (5, -4)])
def test_an_entry_that_is_not_balanced_is_refused_by_the_database(paisa):
    entry = Entry.objects.create(key="by hand", at=NOW)
    for number, each in enumerate(paisa):
        Posting.objects.create(entry=entry, account=f"a{number}", paisa=each)
    with pytest.raises(IntegrityError, match="is not balanced"):
        check_now()


def test_a_later_posting_cannot_unbalance_an_entry():
    ledger.post("payment:1", {"gateway:x": 5, "unapplied": -5}, NOW)
    check_now()
    Posting.objects.create(entry=Entry.objects.get(), account="more", paisa=1)
    with pytest.raises(IntegrityError, match="is not balanced"):
        check_now()


@pytest.mark.parametrize("model", [Entry, Posting])
def test_the_ledger_is_append_only(model):
    ledger.post("payment:1", {"gateway:x": 5, "unapplied": -5}, NOW)
    check_now()
    field = {"key": "other"} if model is Entry else {"paisa": 7}
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        model.objects.update(**field)
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.parametrize("before", OrderState)
def test_the_database_allows_the_legal_moves_of_an_order_alone(before):
    order = ordered()
    order.pk, order.public_id, order.key, order.number, order.state = None, uuid4(), uuid4(), "R2", before
    order.save(force_insert=True)
    allowed = {after for after in OrderState if _can(Order, order.pk, after)}
    assert allowed == MOVES[before] | {before}


@pytest.mark.parametrize("before", VendState)
def test_the_database_allows_the_legal_moves_of_a_vend_alone(before):
    order = ordered()
    vend = Vend.objects.create(order=order, meter_id=order.meter_id, gross_paisa=1, expected_paisa=1, sold_at=NOW, state=before)
    assert {after for after in VendState if _can(Vend, vend.pk, after)} == VEND_MOVES[before] | {before}


def _can(model, pk, after) -> bool:
    try:
        with transaction.atomic():
            model.objects.filter(pk=pk).update(state=after)
            raise _Back
    except _Back:
        return True
    except IntegrityError:
        return False


class _Back(Exception):
    """Rolls the trial back."""


def test_a_transaction_of_a_gateway_is_kept_once():
    order = ordered()
    Payment.objects.create(order=order, gateway="paper", transaction_id="T", paisa=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(order=order, gateway="paper", transaction_id="T", paisa=5, wrong="surplus")
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(order=order, gateway="paper", transaction_id="U", paisa=5)  # a second one that settles
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        Payment.objects.all().delete()


def test_one_person_cannot_refund_alone():
    payment, one = Payment.objects.create(order=ordered(), gateway="paper", transaction_id="T", paisa=5), person()
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(payment=payment, paisa=5, why="x", proposed_by=one, approved_by=one)


def test_the_quote_of_these_tests_adds_up():
    assert QUOTE["gross"] == QUOTE["vat"] + QUOTE["credited"] - QUOTE["rebate"]
