"""One access token for all processes, asked for twice an hour at most, against a gateway that blocks whoever asks more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from bijoli.payments.gateways import bkashtoken
from bijoli.payments.gateways.bkash import Bkash, seconds
from bijoli.payments.gateways.bkashtoken import Granted, SharedToken
from bijoli.payments.gateways.port import Attempt, GatewayAway, GatewayRefused
from bijoli.payments.gateways.wire import NeverSent
from bijoli.payments.models import GatewayToken
from tests.apps.payments.test_bkash import agreed, opened, payable
from tests.paygates import Gates, chosen, running
from tests.processes import free_port

NAME, MANY = "bkash", 6
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gates(tmp_path) -> Iterator[Gates]:
    with running(tmp_path) as gates, chosen(gates):
        yield gates


def asked(gates: Gates) -> int:
    """How often the gateway was asked for a token."""
    return len(gates.log("token"))


def aged(**by: int) -> None:
    """The token, and when it was asked for, are older than they are."""
    row, shift = GatewayToken.objects.get(), timedelta(**by)
    row.expires_at -= shift
    row.granted = [at - shift.total_seconds() for at in row.granted]
    row.save()


def together(does: Callable[[int], Any]) -> list[Any]:
    start = Barrier(MANY)

    def one(number: int) -> Any:
        start.wait(10)
        try:
            return does(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_many_processes_at_once_ask_for_one_token(gates):
    refs = together(lambda _: Bkash().begin(payable()).ref)
    assert len(set(refs)) == MANY
    assert asked(gates) == 1


def test_a_token_that_is_nearly_over_is_refreshed_by_one_and_the_others_go_on(gates):
    opened(Bkash())
    first = GatewayToken.objects.get().token
    aged(minutes=59, seconds=20)
    together(lambda _: Bkash().begin(payable()).ref)
    assert asked(gates) == 2
    assert GatewayToken.objects.get().token != first


@pytest.mark.parametrize("value", [1800, "1800"])
def test_how_long_it_lasts_comes_as_a_number_or_a_text(gates, value):
    gates.fault(NAME, "expires_in", value=value)
    opened(Bkash())
    left = GatewayToken.objects.get().expires_at - timezone.now()
    assert timedelta(seconds=1700) < left <= timedelta(seconds=1800)


@pytest.mark.parametrize(("told", "lasts"), [(3600, 3600), ("3600", 3600), ("soon", 3600), (None, 3600), (10**9, 3600), ("-5", 3600)])
def test_what_cannot_be_read_of_it_is_an_hour_and_never_more(told, lasts):
    assert seconds(told) == lasts


def test_a_token_that_is_not_taken_any_more_is_replaced_and_the_call_made_again(gates):
    adapter = Bkash()
    payment = agreed(gates, adapter)
    gates.fault(NAME, "token_expired", call="execute")
    assert adapter.execute(payment).attempt == Attempt.PAID
    assert asked(gates) == 2
    assert len(gates.money()) == 1


def test_a_third_time_within_the_hour_is_not_even_tried(gates):
    adapter = Bkash()
    payment = opened(adapter)
    gates.fault(NAME, "token_expired", call="query", times=3)
    with pytest.raises(GatewayAway):
        adapter.ask(payment)  # two tokens are ended, one after the other
    with pytest.raises(NeverSent, match="two were asked for within an hour, the next may be at"):
        adapter.ask(payment)
    assert asked(gates) == 2  # and so it is not blocked
    aged(minutes=61)
    GatewayToken.objects.update(token="")
    with pytest.raises(GatewayAway):
        adapter.ask(payment)  # by the gateway's own clock it is the third: it blocks
    assert asked(gates) == 3


def test_a_refresh_counts_as_a_grant_does(gates):
    opened(Bkash())
    aged(minutes=59, seconds=30)
    opened(Bkash())
    row = GatewayToken.objects.get()
    assert len(row.granted) == asked(gates) == 2
    row.expires_at = timezone.now() + timedelta(seconds=30)  # nearly over, but two are spent: it is used to its end
    row.save()
    opened(Bkash())
    assert asked(gates) == 2


def test_a_refresh_token_that_is_not_taken_gives_way_to_a_new_grant(gates):
    GatewayToken.objects.create(gateway=NAME, token="old", refresh_token="of another time", expires_at=timezone.now())
    opened(Bkash())
    row = GatewayToken.objects.get()
    assert (len(row.granted), asked(gates)) == (2, 2)
    assert row.refresh_token not in ("", "of another time")


def test_wrong_credentials_leave_everything_unsent(gates, caplog):
    with override_settings(BKASH_APP_SECRET="wrong"), pytest.raises(NeverSent, match="credentials"):
        Bkash().begin(payable())
    with override_settings(BKASH_PASSWORD="wrong"), pytest.raises(NeverSent, match="401"):
        Bkash().begin(payable())
    assert "wrong" not in caplog.text


def test_a_grant_that_was_never_sent_does_not_count(gates):
    with override_settings(BKASH_URL=f"http://localhost:{free_port()}"):
        for _ in range(3):
            with pytest.raises(NeverSent):
                Bkash().begin(payable())
    assert GatewayToken.objects.get().granted == []
    assert opened(Bkash()).ref


def test_a_grant_whose_answer_is_lost_counts(gates):
    gates.fault(NAME, "lost_answer", call="grant")
    with pytest.raises(NeverSent):
        Bkash().begin(payable())
    assert len(GatewayToken.objects.get().granted) == 1
    assert opened(Bkash()).ref


def test_no_lock_is_held_while_the_gateway_is_asked():
    """The row can be read and locked by others in the middle of the grant."""
    seen = []

    def grant(_refresh_token: str) -> Granted:
        assert not connection.in_atomic_block
        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(another).result(10))
        return Granted("T", "R", timedelta(hours=1))

    def another() -> bool:
        try:
            with transaction.atomic():
                row = GatewayToken.objects.select_for_update(nowait=True).get()
                return row.leased_until is not None and len(row.granted) == 1
        finally:
            connection.close()

    assert SharedToken("bkash", grant).current() == "T"
    assert seen == [True]


def test_a_process_that_died_over_it_is_waited_for_no_longer_than_its_lease(monkeypatch):
    monkeypatch.setattr(bkashtoken, "WAIT_S", 0.0)
    GatewayToken.objects.create(gateway="bkash", granted=[timezone.now().timestamp()], leased_until=timezone.now() + timedelta(seconds=9))
    token = SharedToken("bkash", lambda _: Granted("T", "R", timedelta(hours=1)))
    with pytest.raises(NeverSent, match="another process"):
        token.current()
    GatewayToken.objects.update(leased_until=timezone.now())
    assert token.current() == "T"
    assert len(GatewayToken.objects.get().granted) == 2


def test_a_refused_grant_without_refresh_token_is_not_tried_again():
    calls = []

    def grant(refresh_token: str) -> Granted:
        calls.append(refresh_token)
        raise GatewayRefused("2001")

    with pytest.raises(NeverSent, match="2001"):
        SharedToken("bkash", grant).current()
    assert calls == [""]
    assert GatewayToken.objects.get().leased_until is None
    assert datetime.now(UTC).timestamp() - GatewayToken.objects.get().granted[0] < 60
