"""The HTTP adapter: what a head-end says is read strictly, what is not understood counts as no answer, and every credit counts once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.test import override_settings

from bijoli.core.payment import VendState
from bijoli.metering.models import Relay
from bijoli.payments import headend
from bijoli.payments.headend.http import LARGEST, HttpHeadEnd
from bijoli.payments.headend.port import CreditLine, Dues, HeadEndAway, HeadEndRefused
from bijoli.simulator.vending.listen import Reply, Request, listen
from tests import certificates
from tests.apps.vending_peer import EXPECTED, METER, OCTOBER, SOLD, Peer, credit, meter, peer

KEY = UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")
SPLIT = {"gross": 100000, "vat": 4762, "demand": 8400, "rent": 4000, "arrears": 0, "rebate": 414, "credited": 83252}
TAKEN = {"key": str(KEY), "state": "on_meter", "at": "2026-11-22T12:00:03+06:00", "split": SPLIT, "tokens": []}


@pytest.fixture
def head(tmp_path) -> Iterator[Peer]:
    with peer(tmp_path) as made:
        yield made


class Scripted:
    """A head-end that answers whatever the test says; `asked` are the requests that came."""

    def __init__(self) -> None:
        self.reply, self.asked = Reply(200, {}), []

    def answer(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.reply

    def says(self, body: Any = None, status: int = 200, **raw: Any) -> None:
        self.reply = Reply(status, body, **raw)


@pytest.fixture
def scripted() -> Iterator[tuple[Scripted, HttpHeadEnd]]:
    script = Scripted()
    with listen(script.answer, 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            with closing(HttpHeadEnd(f"http://127.0.0.1:{server.server_port}", "s3cret", waits=httpx.Timeout(0.5))) as ours:
                yield script, ours
        finally:
            server.shutdown()


def test_a_recharge_from_the_dues_to_the_meter(tmp_path):
    with peer(tmp_path, delay=60) as head:
        assert head.ours.dues(METER, SOLD) == Dues(1, 0)
        order = credit()
        assert head.ours.confirm(order.key) is None
        told = head.ours.credit(order)
        assert (told.state, told.split.credited, told.tokens) == (VendState.ACCEPTED, EXPECTED, ())
        assert head.ours.confirm(order.key) == head.ours.credit(order) == told
        assert head.ours.dues(METER, SOLD) == Dues(0, 0)
        head.engine.clock = lambda: told.at.timestamp() + 61
        assert head.ours.confirm(order.key).state == VendState.ON_METER
        standing = head.ours.standing(METER)
        assert (standing.balance, standing.relay) == (EXPECTED, Relay.CLOSED)


def test_refusals_bring_their_reason_and_the_new_split(head):
    against, favour = head.ours.credit(credit(expected=EXPECTED + 1)), head.ours.credit(credit(expected=1))
    assert (against.state, against.reason, against.split.credited) == (VendState.REFUSED, "changed", EXPECTED)
    assert favour.split == against.split
    assert head.ours.credit(credit(meter="066012999999")).reason == "unknown_meter"
    with pytest.raises(HeadEndRefused, match="unknown_meter"):
        head.ours.dues("066012999999", SOLD)
    with pytest.raises(HeadEndRefused, match="unknown_meter"):
        head.ours.standing("066012999999")


def test_a_key_that_was_used_for_something_else(head):
    order = credit()
    head.ours.credit(order)
    assert head.ours.credit(credit(order.key, number="R9")) == head.ours.credit(credit(order.key, gross=500_00))
    assert head.ours.credit(credit(order.key, number="R9")).reason == "conflict"


def test_tokens_come_in_order_with_their_zeros(tmp_path):
    with peer(tmp_path, meter(tokens=18)) as head:
        order = credit()
        told = head.ours.credit(order)
        assert (told.state, len(told.tokens)) == (VendState.TOKENS, 18)
        assert told.tokens == head.engine.store.credit(str(order.key)).tokens


@pytest.mark.parametrize("fault", ["lost_after", "error_after", "garbage"])
def test_an_answer_that_is_lost_after_the_credit_was_taken_is_found_by_asking(head, fault):
    order = credit()
    head.fault(fault)
    with pytest.raises(HeadEndAway):
        head.ours.credit(order)
    assert head.ours.confirm(order.key).state == VendState.ON_METER
    assert head.ours.credit(order).split.credited == EXPECTED
    assert len(head.engine.store.credits()) == 1


@pytest.mark.parametrize("fault", ["lost_before", "error_before"])
def test_a_request_that_was_lost_before_anything_happened_is_sent_again(head, fault):
    order = credit()
    head.fault(fault)
    with pytest.raises(HeadEndAway):
        head.ours.credit(order)
    assert head.ours.confirm(order.key) is None
    assert head.ours.credit(order).state == VendState.ON_METER


def test_a_slow_answer_is_a_time_out(head):
    order = credit()
    head.fault("slow", seconds=1.0)
    with pytest.raises(HeadEndAway, match="ReadTimeout"):
        head.ours.credit(order)
    assert head.ours.confirm(order.key) is not None


def test_a_confirmation_that_is_late(head):
    order = credit()
    head.fault("late", seconds=600)
    assert head.ours.credit(order).state == head.ours.confirm(order.key).state == VendState.ACCEPTED
    now = head.engine.clock()
    head.engine.clock = lambda: now + 601
    assert head.ours.confirm(order.key).state == VendState.ON_METER


def test_nobody_answers():
    with closing(HttpHeadEnd("http://127.0.0.1:9", "t")) as ours, pytest.raises(HeadEndAway, match="ConnectError"):
        ours.standing(METER)


def test_wrong_credentials_are_no_answer_about_the_credit(head):
    with closing(HttpHeadEnd(head.url, "wrong")) as ours:
        for call in (lambda: ours.credit(credit()), lambda: ours.confirm(KEY), lambda: ours.dues(METER, SOLD)):
            with pytest.raises(HeadEndRefused, match="credentials"):
                call()


@pytest.mark.parametrize("url", ["http://head-end.example", "ftp://127.0.0.1", "head-end.example", ""])
def test_the_token_goes_over_tls_alone(url):
    with pytest.raises(HeadEndRefused, match="address"):
        HttpHeadEnd(url, "t")


def test_its_certificate_is_verified(tmp_path):
    authority, server_pem = certificates.make(tmp_path, "localhost")
    script = Scripted()
    script.says({"meter": METER, "months": 1, "arrears_paisa": 0})
    with listen(script.answer, 0) as server:
        server.socket = certificates.server_context(server_pem, ["http/1.1"]).wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # the refused handshake
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"https://localhost:{server.server_port}"
        try:
            with closing(HttpHeadEnd(url, "t")) as ours, pytest.raises(HeadEndAway, match="ConnectError"):
                ours.dues(METER, SOLD)
            assert script.asked == []
            with closing(HttpHeadEnd(url, "t", str(authority))) as ours:
                assert ours.dues(METER, SOLD) == Dues(1, 0)
        finally:
            server.shutdown()


def test_the_request_says_all_of_the_order(scripted):
    script, ours = scripted
    script.says(TAKEN, 201)
    ours.credit(credit(KEY, channel="bkash"))
    (asked,) = script.asked
    assert (asked.method, asked.path, asked.token) == ("PUT", f"/credits/{KEY}", "s3cret")
    assert json.loads(asked.body) == {
        "number": "R261122AAAAAAAAA",
        "meter": METER,
        "amount_paisa": 1000_00,
        "expected_paisa": EXPECTED,
        "sold_at": "2026-11-22T06:00:00+00:00",
        "channel": "bkash",
    }


STRANGE = [
    TAKEN | {"state": "done"},
    TAKEN | {"key": str(uuid4())},
    TAKEN | {"at": "2026-11-22T12:00:03"},
    TAKEN | {"split": None},
    TAKEN | {"split": SPLIT | {"vat": 4763}},
    TAKEN | {"split": SPLIT | {"vat": 4762.0}},
    TAKEN | {"split": SPLIT | {"vat": "4762"}},
    TAKEN | {"split": SPLIT | {"gross": 100001, "credited": 83253}},
    TAKEN | {"split": {name: paisa for name, paisa in SPLIT.items() if name != "rent"}},
    TAKEN | {"state": "tokens"},
    TAKEN | {"state": "tokens", "tokens": ["1234567890123456789"]},
    TAKEN | {"state": "tokens", "tokens": ["12345678901234567890\n"]},
    TAKEN | {"state": "tokens", "tokens": ["1234567890123456789٣"]},
    TAKEN | {"state": "tokens", "tokens": [12345678901234567890]},
    TAKEN | {"state": "tokens", "tokens": ["0" * 20] * 101},
    [], None, "on_meter",
]  # fmt: skip


@pytest.mark.parametrize("body", STRANGE)
def test_what_is_not_understood_counts_as_no_answer(scripted, body):
    script, ours = scripted
    script.says(body)
    with pytest.raises(HeadEndAway):
        ours.credit(credit(KEY))


@pytest.mark.parametrize("status", [202, 204, 301, 400, 404, 408, 429, 500, 503])
def test_other_answers_count_as_none(scripted, status):
    script, ours = scripted
    script.says(TAKEN, status)
    for call in (lambda: ours.credit(credit(KEY)), lambda: ours.confirm(KEY), lambda: ours.dues(METER, SOLD), lambda: ours.standing(METER)):
        with pytest.raises(HeadEndAway):
            call()
    with pytest.raises(HeadEndAway):
        ours.credits(date(2026, 11, 22))


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\xff", b'{"state": "on_me', b'{"a": "' + b"x" * LARGEST + b'"}'])
def test_what_is_no_json_or_too_long_counts_as_no_answer(scripted, raw):
    script, ours = scripted
    script.says(status=200, raw=raw)
    for call in (lambda: ours.credit(credit(KEY)), lambda: ours.confirm(KEY), lambda: ours.standing(METER)):
        with pytest.raises(HeadEndAway):
            call()


def test_never_heard_is_said_in_so_many_words(scripted):
    script, ours = scripted
    script.says(status=404, raw=b"<html>404 Not Found</html>")
    with pytest.raises(HeadEndAway):
        ours.confirm(KEY)
    script.says({"reason": "unknown_key"}, 404)
    assert ours.confirm(KEY) is None


def test_an_accepted_credit_may_be_refused_after_all(scripted):
    script, ours = scripted
    script.says({"key": str(KEY), "state": "refused", "reason": "blocked", "at": "2026-11-22T12:00:03+06:00"})
    told = ours.confirm(KEY)
    assert (told.state, told.reason, told.split) == (VendState.REFUSED, "blocked", None)


def test_the_answer_is_about_the_meter_that_was_asked_for(scripted):
    script, ours = scripted
    script.says({"meter": "066012000002", "months": 0, "arrears_paisa": 0})
    with pytest.raises(HeadEndAway, match="another meter"):
        ours.dues(METER, SOLD)
    for odd in ({"months": -1}, {"months": True}, {"months": 1.0}, {"arrears_paisa": -1}, {"meter": 66012000001}):
        script.says({"meter": METER, "months": 0, "arrears_paisa": 0} | odd)
        with pytest.raises(HeadEndAway):
            ours.dues(METER, SOLD)


def test_what_the_head_end_does_not_know_is_none(scripted):
    script, ours = scripted
    script.says({"meter": METER, "balance_paisa": None, "relay": None})
    standing = ours.standing(METER)
    assert (standing.balance, standing.balance_at, standing.relay, standing.relay_at) == (None, None, Relay.UNKNOWN, None)


def test_a_days_credits_are_read_page_by_page(tmp_path, monkeypatch):
    monkeypatch.setattr("bijoli.simulator.vending.door.PAGE", 2)
    with peer(tmp_path, meter(charged=OCTOBER + 1)) as head:
        head.engine.clock = SOLD.timestamp
        orders = [credit(number=f"R{n}", gross=500_00, expected=478_57) for n in range(5)]
        for order in orders:
            head.ours.credit(order)
        at = datetime.fromtimestamp(SOLD.timestamp(), UTC)
        expected = [CreditLine(one.key, one.number, METER, 500_00, 478_57, VendState.ON_METER, at) for one in orders]
        assert head.ours.credits(date(2026, 11, 22)) == expected
        assert head.ours.credits(date(2026, 11, 21)) == []


def test_pages_that_lead_back_end(scripted):
    script, ours = scripted
    script.says({"credits": [], "next": "1"})
    with pytest.raises(HeadEndAway, match="do not end"):
        ours.credits(date(2026, 11, 22))
    assert len(script.asked) == 2


def test_the_installation_speaks_with_the_head_end_of_its_settings(head):
    headend.head_end.cache_clear()
    token = head.engine.store.path.with_name("vending-token").read_text()
    try:
        with override_settings(HEADEND=head.url, HEADEND_TOKEN=token), closing(headend.head_end()) as ours:
            assert ours.dues(METER, SOLD) == Dues(1, 0)
    finally:
        headend.head_end.cache_clear()
