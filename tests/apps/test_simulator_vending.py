"""The simulated head-end: each key once, whatever happens; what is due, by the books; a kill at any moment loses and doubles nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from urllib.request import urlopen
from uuid import UUID, uuid4

import pytest
from django.utils.timezone import localdate

from bijoli.core.payment import VendState
from bijoli.payments.headend.http import HttpHeadEnd
from bijoli.payments.headend.port import CreditLine, HeadEndAway
from bijoli.simulator.vending.engine import Engine, OtherContent, Refused, Wanted
from bijoli.simulator.vending.inprocess import engine
from bijoli.simulator.vending.listen import environment, token_of
from tests.apps.vending_peer import EXPECTED, METER, OCTOBER, SOLD, credit, meter, peer, post
from tests.processes import free_port, manage

NOW = SOLD.timestamp()


def books(folder, *meters, **changes) -> Engine:
    made = replace(engine(folder, delay=5.0), clock=lambda: NOW, **changes)
    made.store.keep_meters(list(meters) or [meter()])
    return made


def wanted(**fields) -> Wanted:
    given = {"key": str(uuid4()), "number": "R1", "meter": METER, "gross": 1000_00, "expected": EXPECTED, "sold_at": SOLD}
    return Wanted(**{**given, **fields})


def test_a_key_counts_once_and_keeps_its_answer(tmp_path):
    ours, asked = books(tmp_path), wanted()
    first, new = ours.credit(asked)
    assert new
    assert ours.credit(asked) == (first, False)
    assert engine(tmp_path).credit(asked) == (first, False), "another process over the same books"
    assert ours.store.meter(METER).balance == EXPECTED
    assert len(ours.store.credits()) == 1


def test_a_known_key_with_other_content_changes_nothing(tmp_path):
    ours, asked = books(tmp_path, meter(), meter("066012000002")), wanted()
    ours.credit(asked)
    others = ({"gross": 1}, {"meter": "066012000002"}, {"number": "R2"}, {"expected": 1}, {"sold_at": SOLD + timedelta(seconds=1)})
    for other in others:
        with pytest.raises(OtherContent):
            ours.credit(replace(asked, **other))
    assert len(ours.store.credits()) == 1


def test_a_refusal_keeps_nothing_and_the_key_may_be_decided_anew(tmp_path):
    ours, asked = books(tmp_path), wanted(expected=EXPECTED + 1)
    with pytest.raises(Refused) as no:
        ours.credit(asked)
    assert (no.value.reason, no.value.split.credited) == ("changed", EXPECTED)
    assert ours.confirm(asked.key) is None
    assert ours.dues(METER, SOLD) == (1, 0)
    assert ours.credit(replace(asked, expected=EXPECTED))[1]


def test_what_is_refused_and_why(tmp_path):
    ours = books(tmp_path, meter(), meter("066012000002", blocked=True), meter("066012000003", tariff="gone"))
    for number, reason in (("066012000009", "unknown_meter"), ("066012000002", "blocked"), ("066012000003", "blocked")):
        with pytest.raises(Refused, match=reason):
            ours.credit(wanted(meter=number))
    with pytest.raises(Refused, match="too_little") as no:
        ours.credit(wanted(gross=100_00, expected=-28_76))
    assert no.value.split.credited == -28_76
    with pytest.raises(Refused, match="unknown_meter"):
        ours.dues("066012000009", SOLD)
    assert ours.store.credits() == []


def test_credit_that_is_on_its_way_has_paid_the_months_charges(tmp_path):
    ours = books(tmp_path, meter(arrears=100_00))
    assert ours.dues(METER, SOLD) == (1, 100_00)
    ours.credit(wanted(expected=732_02))
    assert ours.dues(METER, SOLD) == (0, 0)
    assert ours.standing(METER) == (0, "closed"), "it is not on the meter yet"
    later = replace(ours, clock=lambda: NOW + 5)
    assert later.standing(METER) == (732_02, "closed")


def test_months_are_counted_at_the_time_of_sale_across_the_months_turn(tmp_path):
    before = datetime(2026, 11, 30, 17, 59, 59, tzinfo=UTC)  # a second to midnight in Dhaka
    after = before + timedelta(seconds=2)
    ours = replace(books(tmp_path), clock=after.timestamp)
    assert (ours.dues(METER, before), ours.dues(METER, after)) == ((1, 0), (2, 0))
    ours.credit(wanted(sold_at=before))
    assert (ours.dues(METER, before), ours.dues(METER, after)) == ((0, 0), (1, 0)), "December's are still to pay"
    ours.credit(wanted(sold_at=after))
    assert ours.dues(METER, after) == (0, 0)


def test_a_sale_that_comes_after_a_newer_one_never_brings_charges_back(tmp_path):
    ours = books(tmp_path)
    december = SOLD + timedelta(days=20)
    with pytest.raises(Refused) as no:
        ours.credit(wanted(sold_at=december))
    ours.credit(wanted(sold_at=december, expected=no.value.split.credited))
    assert ours.dues(METER, SOLD) == (0, 0)
    ours.credit(wanted(gross=500_00, expected=478_57))
    assert ours.store.meter(METER).charged == OCTOBER + 2


def test_a_cut_meter_comes_back_with_money(tmp_path):
    ours = books(tmp_path, meter(balance=-900_00, relay="open_credit"), meter("066012000002", relay="open_credit"))
    ours.credit(wanted())
    ours.credit(wanted(meter="066012000002"))
    assert [one.relay for one in ours.store.meters()] == ["open_credit", "closed"]


def test_keypad_meters_get_tokens_many_after_a_change_of_keys(tmp_path):
    ours = books(tmp_path, meter(tokens=18))
    many, _ = ours.credit(wanted())
    one, _ = ours.credit(wanted(gross=500_00, expected=478_57))
    assert (many.stands(NOW + 9999), len(many.tokens), len(one.tokens)) == ("tokens", 18, 1)
    assert all(re.fullmatch(r"[0-9]{20}", token) for token in (*many.tokens, *one.tokens))
    assert len({*many.tokens, *one.tokens}) == 19
    assert ours.confirm(many.key).tokens == many.tokens


def test_a_day_is_a_local_day_and_comes_in_pages(tmp_path):
    ours, midnight = books(tmp_path), datetime(2026, 11, 22, 18, tzinfo=UTC).timestamp()
    ours.credit(wanted(number="R0"))
    for position in range(1, 4):
        at = replace(ours, clock=lambda at=midnight - 2 + position: at)
        at.credit(wanted(number=f"R{position}", gross=500_00, expected=478_57))
    days = [[one.number for one in ours.credits(date(2026, 11, day), 0, 99)] for day in (21, 22, 23)]
    assert days == [[], ["R0", "R1"], ["R2", "R3"]]
    (first,) = ours.credits(date(2026, 11, 23), 0, 1)
    assert [one.number for one in ours.credits(date(2026, 11, 23), first.seq, 1)] == ["R3"]


def test_the_same_key_from_twenty_sides_at_once_is_one_credit(tmp_path):
    asked, gate = credit(), threading.Barrier(20)
    with peer(tmp_path) as head, ThreadPoolExecutor(20) as many:

        def send(_: int):
            gate.wait()
            return head.ours.credit(asked)

        told = list(many.map(send, range(20)))
        assert {one.split.credited for one in told} == {EXPECTED}
        assert len(head.engine.store.credits()) == 1
        assert head.engine.store.meter(METER).balance == EXPECTED


def test_one_meters_charges_are_paid_once_by_many_sales_at_once(tmp_path):
    with peer(tmp_path) as head, ThreadPoolExecutor(10) as many:
        told = list(many.map(lambda _: head.ours.credit(credit()), range(10)))
        assert sorted(one.state for one in told) == ["on_meter"] + ["refused"] * 9
        assert {one.split.credited for one in told if one.state == VendState.REFUSED} == {957_14}


def test_faults_happen_as_asked_and_are_taken_back(tmp_path):
    with peer(tmp_path) as head:
        head.fault("error_before", meter="066012000777")
        head.fault("error_before", times=2)
        for _ in range(2):
            with pytest.raises(HeadEndAway, match="500"):
                head.ours.credit(credit())
        head.fault("timeout_before")
        head.ask("_faults", [])
        assert head.ours.credit(credit()).state == VendState.ON_METER


def test_chances_are_those_of_the_seed(tmp_path):
    def outcomes(folder) -> list[bool]:
        with peer(folder, meter(charged=OCTOBER + 1)) as head:
            head.ask("_chances", {"seed": 7, "chances": {"error_before": 0.3, "timeout_after": 0.2}})
            keys = [UUID(int=position) for position in range(1, 30)]
            return [answered(head.ours, credit(key, gross=500_00, expected=478_57)) for key in keys]

    first = outcomes(tmp_path / "1")
    assert first == outcomes(tmp_path / "2")
    assert 5 < sum(first) < 27


def answered(head: HttpHeadEnd, order) -> bool:
    try:
        head.credit(order)
    except HeadEndAway:
        return False
    return True


def test_a_meter_of_which_nothing_more_is_said_owes_this_month(tmp_path):
    with peer(tmp_path) as head:
        head.ask("_meters", [{"number": "066012000002", "tariff": "LT-A", "sanctioned_w": 2000, "phases": 1}])
        assert head.ours.dues("066012000002", datetime.now(UTC)).months == 1


def told(url: str):
    with urlopen(url, timeout=5) as answer:  # noqa: S310 loopback
        return json.load(answer)


def test_the_door_is_closed_without_its_token(tmp_path):
    with peer(tmp_path) as head:
        for path in (f"/credits/{uuid4()}", "/credits?day=2026-11-22", f"/meters/{METER}/standing"):
            with pytest.raises(OSError, match="401"):
                urlopen(head.url + path, timeout=5)  # noqa: S310 loopback
    assert (tmp_path / "vending-token").stat().st_mode & 0o077 == 0
    assert environment("http://x", tmp_path) == {"BIJOLI_HEADEND": "http://x", "BIJOLI_HEADEND_TOKEN": token_of(tmp_path)}


def test_kills_between_and_during_requests_lose_and_double_nothing(tmp_path):
    port, keys = free_port(), [uuid4() for _ in range(24)]
    orders = [credit(key, number=f"R{n}", gross=500_00, expected=478_57) for n, key in enumerate(keys)]
    said: dict[UUID, bool] = {}
    before = localdate() - timedelta(days=1)
    for round_ in range(3):
        command = manage("vending", "--port", str(port), "--folder", str(tmp_path))
        with command as process, closing(HttpHeadEnd(f"http://127.0.0.1:{port}", token_of(tmp_path))) as head:
            process.wait_for(lambda: "head-end:" in process.output())
            if not round_:
                post(f"http://127.0.0.1:{port}", "_meters", [asdict(meter(charged=999))])
            with ThreadPoolExecutor(4) as many:
                for position, (order, heard) in enumerate(zip(orders, many.map(lambda one: answered(head, one), orders), strict=True)):
                    said[order.key] = said.get(order.key, False) or heard
                    if position == 5 + round_ * 5 and round_ < 2:
                        os.kill(process.id, signal.SIGKILL)
            if round_ == 2:
                truth = told(f"http://127.0.0.1:{port}/_credits")
                meters = told(f"http://127.0.0.1:{port}/_meters")
                listed = [line for day in (before, localdate()) for line in head.credits(day)]
    assert said == dict.fromkeys(keys, True)
    assert sorted(one["key"] for one in truth) == sorted(map(str, keys))
    assert meters[0]["balance"] == 24 * 478_57
    assert {line.key for line in listed} == set(keys)
    assert all(isinstance(line, CreditLine) and line.credited == 478_57 for line in listed)
