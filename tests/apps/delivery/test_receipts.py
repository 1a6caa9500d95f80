"""What phones report: states only move forward, and each event of a token counts once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.delivery import queue
from bijoli.delivery.models import Delivery
from bijoli.delivery.receipts import receipt
from bijoli.delivery.tell import tell
from tests.households import meter, telling

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def claim(owner, now):
    tell([telling(meter(owner))], now)
    (made,) = queue.claim(1, now)
    return made


@pytest.fixture
def sent(claim, now):
    queue.record([queue.Outcome(claim, "sent", sent=now)], now)
    return claim


def only() -> Delivery:
    return Delivery.objects.get()


def test_shown_then_opened(sent):
    at = timezone.now()
    assert receipt(sent.token, "displayed", at)
    assert (only().status, only().displayed_at) == ("displayed", at)
    assert receipt(sent.token, "opened", at)
    assert (only().status, only().opened_at) == ("opened", at)


def test_an_event_counts_once(sent):
    at = timezone.now()
    assert receipt(sent.token, "displayed", at)
    assert not receipt(sent.token, "displayed", at + timedelta(seconds=5))
    assert only().displayed_at == at


def test_a_late_displayed_fills_the_gap_and_moves_nothing_back(sent):
    receipt(sent.token, "opened", timezone.now())
    assert receipt(sent.token, "displayed", timezone.now())
    assert only().status == "opened"
    assert only().displayed_at is not None


def test_closed_is_noted_and_is_no_state(sent):
    receipt(sent.token, "displayed", timezone.now())
    assert receipt(sent.token, "closed", timezone.now())
    assert (only().status, only().dismissed_at is None) == ("displayed", False)


def test_a_receipt_may_be_faster_than_our_own_record(claim, now):
    assert receipt(claim.token, "displayed", timezone.now())
    queue.record([queue.Outcome(claim, "sent", sent=now)], now)
    assert (only().status, only().sent_at) == ("displayed", now)


def test_a_message_believed_lost_but_shown_is_not_sent_again(claim, now):
    receipt(claim.token, "displayed", timezone.now())
    queue.record([queue.Outcome(claim, "queued", "HTTP 500", due=now)], now)
    assert only().status == "displayed"
    assert queue.claim(1, now + timedelta(minutes=5)) == []


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 2000, "!!", "é"])
def test_an_unknown_token_changes_nothing(sent, token):
    assert not receipt(token, "displayed", timezone.now())
    assert only().displayed_at is None


@pytest.mark.parametrize("event", ["", "sent", "read", "status"])
def test_an_unknown_event_changes_nothing(sent, event):
    assert not receipt(sent.token, event, timezone.now())
    assert only().status == "sent"


def test_a_phones_wrong_clock_stays_between_sending_and_now(sent, now):
    receipt(sent.token, "displayed", now - timedelta(days=3))
    receipt(sent.token, "opened", now + timedelta(days=3))
    assert only().displayed_at == now
    assert now <= only().opened_at <= timezone.now()


def test_each_sending_has_a_token_of_its_own(claim, now):
    queue.record([queue.Outcome(claim, "queued", "HTTP 500", due=now)], now)
    (again,) = queue.claim(1, now)
    assert again.token != claim.token
    assert not receipt(claim.token, "displayed", timezone.now())
    assert receipt(again.token, "displayed", timezone.now())
