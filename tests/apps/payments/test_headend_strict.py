"""The HTTP adapter: what a head-end says is read strictly, what is not understood counts as no answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from bijoli.core.payment import VendState
from bijoli.metering.models import Relay
from bijoli.payments.headend.http import LARGEST, HttpHeadEnd
from bijoli.payments.headend.port import Dues, HeadEndAway
from bijoli.simulator.vending.listen import Reply, Request, listen
from tests import certificates
from tests.apps.vending_peer import EXPECTED, METER, SOLD, credit

KEY = UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")
SPLIT = {"gross": 100000, "vat": 4762, "demand": 8400, "rent": 4000, "arrears": 0, "rebate": 414, "credited": 83252}
TAKEN = {"key": str(KEY), "state": "on_meter", "at": "2026-11-22T12:00:03+06:00", "split": SPLIT, "tokens": []}


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


def test_pages_that_lead_back_end(scripted):
    script, ours = scripted
    script.says({"credits": [], "next": "1"})
    with pytest.raises(HeadEndAway, match="do not end"):
        ours.credits(date(2026, 11, 22))
    assert len(script.asked) == 2
