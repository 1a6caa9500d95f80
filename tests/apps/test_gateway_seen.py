"""A gateway's last batch and its rows are noted, and cost a batch nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.ingest import seen
from bijoli.ingest.models import Gateway
from tests.apps.ingest_door import meters, post, reading, token  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("meters")]


@pytest.fixture(autouse=True)
def _nothing_remembered():
    seen.forget()


def test_a_batch_is_noted_with_what_was_new_in_it():
    row = reading(at=int(timezone.now().timestamp()) - 5)
    answer = post("readings", [row, {"meter": "x"}], token())
    assert answer.json()["accepted"] == 1
    gateway = Gateway.objects.get()
    assert timezone.now() - gateway.last_seen_at < timedelta(seconds=30)
    assert gateway.rows_taken == 1


def test_a_refused_token_is_nobodys_sign_of_life():
    key = token()
    post("readings", [], key + "x")
    assert Gateway.objects.get().last_seen_at is None


def test_it_is_written_once_a_minute_and_loses_no_row(django_assert_num_queries):
    gateway, now = Gateway.objects.create(name="hes", token_hash=b"1"), timezone.now()
    seen.note(gateway.pk, 10, now)
    with django_assert_num_queries(0):
        for second in range(1, 60):
            seen.note(gateway.pk, 10, now + timedelta(seconds=second))
    seen.note(gateway.pk, 1, now + timedelta(seconds=60))
    gateway.refresh_from_db()
    assert (gateway.rows_taken, gateway.last_seen_at) == (601, now + timedelta(seconds=60))


def test_a_clock_that_was_set_back_does_not_silence_it():
    gateway, now = Gateway.objects.create(name="hes", token_hash=b"1"), timezone.now()
    seen.note(gateway.pk, 1, now)
    seen.note(gateway.pk, 1, now - timedelta(hours=1))
    gateway.refresh_from_db()
    assert gateway.rows_taken == 2
