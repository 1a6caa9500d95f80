"""The machines' door: who may come in, what it takes, what it answers, and what it does with what it cannot take."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from bijoli.ingest import http
from bijoli.ingest.models import Gateway, Reject
from bijoli.metering.models import MeterState, Segment
from tests.apps.ingest_door import AT, METER, SECONDS, meters, post, reading, rows, token

__all__ = ["meters"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("meters")]


def test_a_reading_is_stored_in_our_units() -> None:
    answer = post("readings", [reading(relay="closed", colour="red")])
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 1, "repeated": 0, "late": 0, "quarantined": 0, "rejected": []}
    state = MeterState.objects.get(meter__number=METER)
    assert (state.last_at, state.balance_paisa, state.register_wh, state.load_w, state.relay) == (SECONDS, 8450, 22_609_583, 2210, 1)


def test_a_body_may_come_as_lines_and_packed() -> None:
    key = token()
    lines = b"\n".join(json.dumps(reading(at=SECONDS + n)).encode() for n in range(3)) + b"\n\n"
    assert post("readings", lines, key, "application/x-ndjson").json()["accepted"] == 3
    packed = gzip.compress(json.dumps([reading(at=SECONDS + 10)]).encode())
    assert post("readings", packed, key, Content_Encoding="gzip").json()["accepted"] == 1
    packed = zstandard.compress(json.dumps([reading(at=SECONDS + 20)]).encode())
    assert post("readings", packed, key, "application/json; charset=utf-8", Content_Encoding="zstd").json()["accepted"] == 1


def test_the_same_batch_again_is_counted_as_repeated_and_an_older_one_as_late() -> None:
    key = token()
    assert post("readings", [reading()], key).json()["accepted"] == 1
    assert post("readings", [reading()], key).json()["repeated"] == 1
    assert post("readings", [reading(at=SECONDS - 900)], key).json()["late"] == 1
    assert MeterState.objects.get(meter__number=METER).last_at == SECONDS


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"at": "2026-11-22T10:15:00"}, "at", "no time zone"),
        ({"at": "yesterday"}, "at", "no time: ISO 8601 with offset, or seconds since 1970"),
        ({"at": SECONDS * 1000}, "at", "out of range: seconds since 1970, or ISO 8601"),
        ({"at": -5}, "at", "before the year 2000"),
        ({"at": True}, "at", "expected int | str, got bool"),
        ({"meter": 66012345678}, "meter", "expected str, got int"),
        ({"meter": "12"}, "meter", "a meter number has 12 digits"),
        ({"meter": "066099999999"}, "meter", "unknown meter"),
        ({"balance": "a lot"}, "balance", "no amount in taka with two decimals"),
        ({"balance": 84.505}, "balance", "more than two decimals"),
        ({"balance": 1e300}, "balance", "out of range"),
        ({"balance": 1e308}, "balance", "out of range"),
        ({"balance": "1e400"}, "balance", "out of range"),
        ({"balance": "-1e999999"}, "balance", "out of range"),
        ({"balance": "sNaN"}, "balance", "no amount in taka with two decimals"),
        ({"balance": []}, "balance", "expected float | str | null, got array"),
        ({"register_kwh": -1}, "register_kwh", "negative"),
        ({"load_kw": 9e9}, "load_kw", "out of range"),
        ({"load_kw": 1.0001}, "load_kw", "more than three decimals"),
        ({"quality": "guessed"}, "quality", "not one of known, estimated"),
        ({"relay": "open"}, "relay", "not one of closed, open_credit, open_overload, open_other"),
    ],
)
def test_a_bad_field_rejects_its_row_alone_and_the_row_is_kept(wrong: dict[str, Any], field: str, reason: str) -> None:
    answer = post("readings", [reading(meter="066012345679"), reading(**wrong), reading(meter="077012345678")]).json()
    assert answer["accepted"] == 2
    assert answer["rejected"] == [{"row": 2, "field": field, "reason": reason}]
    kept = Reject.objects.get()
    assert (kept.row, kept.field, kept.reason, kept.quarantined) == (2, field, reason, False)
    assert json.loads(kept.body) == reading(**wrong)
    assert kept.gateway is not None


@pytest.mark.parametrize("wrong", [b'{"meter": "\\ud800"}', b"NaN", b'{"x": ' + b"[" * 3000 + b"]" * 3000 + b"}", b"", b"{1: 2}"])
def test_an_element_that_is_no_json_does_not_spoil_its_array(wrong: bytes) -> None:
    answer = post("readings", b"[%s, %s]" % (wrong, json.dumps(reading()).encode()))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert answer.json()["rejected"] == [{"row": 1, "field": "", "reason": "no JSON object"}]


def test_a_missing_field_and_a_line_that_is_no_object_are_named_by_their_line() -> None:
    lines = [json.dumps(reading()).encode(), b"", b"[1, 2]", b'{"meter": "066012345679"}', b"not json", b'{"meter": "\xff", "at": 1}']
    answer = post("readings", b"\r\n".join(lines), content_type="application/x-ndjson").json()
    assert answer["accepted"] == 1
    assert answer["rejected"] == [
        {"row": 2, "field": "", "reason": "no JSON object"},
        {"row": 3, "field": "at", "reason": "is missing"},
        {"row": 4, "field": "", "reason": "no JSON object"},
        {"row": 5, "field": "", "reason": "no JSON object"},
    ]
    assert Reject.objects.count() == 4


def test_null_empty_and_absent_values_are_not_read() -> None:
    post("readings", [{"meter": METER, "at": SECONDS, "balance": "", "register_kwh": None, "quality": None, "relay": None}])
    state = MeterState.objects.get(meter__number=METER)
    assert (state.last_at, state.balance_paisa, state.register_wh, state.load_w, state.relay) == (SECONDS, None, None, None, 0)


@pytest.mark.parametrize("written", [-35.07, "-35.07", "-35.070", " -35.07 "])
def test_a_balance_is_a_number_or_text_and_may_be_negative(written: Any) -> None:
    post("readings", [reading(balance=written)])
    assert MeterState.objects.get(meter__number=METER).balance_paisa == -3507


def test_eleven_digits_and_other_ways_to_write_a_time_are_understood() -> None:
    for at in ("2026-11-22T04:15:00Z", "2026-11-22 10:15:00.9+06:00", "20261122T041500+0000", SECONDS):
        Segment.objects.all().delete()
        MeterState.objects.update(last_at=0)
        assert post("readings", [reading(meter="66012345678", at=at)], _key()).json()["accepted"] == 1
        assert MeterState.objects.get(meter__number=METER).last_at == SECONDS


def _key() -> str:
    Gateway.objects.all().delete()
    return token()


def test_a_time_ahead_of_ours_is_set_aside_and_moves_nothing() -> None:
    ahead = int((timezone.now() + timedelta(minutes=11)).timestamp())
    answer = post("readings", [reading(at=ahead), reading(meter="066012345679")]).json()
    assert (answer["accepted"], answer["quarantined"], answer["rejected"]) == (1, 1, [])
    assert MeterState.objects.get(meter__number=METER).last_at == 0
    assert Reject.objects.get().quarantined


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        (b"{}", "application/json", ""),
        (b"[1, 2", "application/json", ""),
        (b"", "application/json", ""),
        (b"[" * 100_000, "application/json", ""),
        (b"\xff\xfe[]", "application/json", ""),
        (b"[]", "text/plain", ""),
        (b"[]", "application/json", "br"),
        (b"[]", "application/json", "gzip"),
        (b"[]", "application/json", "zstd"),
        (gzip.compress(b"[]", mtime=0)[:-4], "application/json", "gzip"),
        (zstandard.compress(b"[]" * 100)[:-4], "application/json", "zstd"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused_as_a_whole(body: bytes, content_type: str, encoding: str) -> None:
    answer = post("readings", body, content_type=content_type, Content_Encoding=encoding)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_small_body_that_unpacks_to_a_flood_is_refused(settings: Settings) -> None:
    settings.INGEST_MAX_BYTES = 1_000_000
    flood = b" " * 50_000_000
    key = token()
    assert post("readings", gzip.compress(flood), key, Content_Encoding="gzip").status_code == 413
    assert post("readings", zstandard.compress(flood), key, Content_Encoding="zstd").status_code == 413
    assert post("readings", b" " * 1_000_001, key).status_code == 413
    many = gzip.compress(b"") * 2000
    assert post("readings", many, key, Content_Encoding="gzip").status_code == 400


def test_only_a_gateway_with_a_live_token_comes_in() -> None:
    key = token()
    assert post("readings", [], "wrong").status_code == 401
    assert Client().post("/ingest/readings", b"[]", content_type="application/json").status_code == 401
    assert post("readings", [], key).status_code == 200
    call_command("gateway", "hes", "--revoke")
    assert post("readings", [], key).status_code == 401
    renewed = token("--renew")
    assert post("readings", [], renewed).status_code == 200
    assert bytes(Gateway.objects.get().token_hash) == http.token_hash(renewed)


def test_a_gateway_bound_to_its_meters_cannot_speak_for_others() -> None:
    key = token("--prefix", "066")
    answer = post("readings", [reading(), reading(meter="077012345678")], key).json()
    assert answer["accepted"] == 1
    assert answer["rejected"] == [{"row": 2, "field": "meter", "reason": "not a meter of this gateway"}]
    event = {"meter": "077012345678", "at": AT, "profile": "is15959", "code": "251"}
    assert post("events", [event], key).json()["rejected"][0]["reason"] == "not a meter of this gateway"


def test_a_busy_door_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WAIT", 0.01)
    key = token()
    held = [http._room.enter(0) for _ in range(2)]
    try:
        answer = post("readings", [reading()], key)
    finally:
        for _ in held:
            http._room.leave()
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert MeterState.objects.get(meter__number=METER).last_at == 0
    assert post("readings", [reading()], key).status_code == 200


def test_at_most_a_thousand_rejected_rows_are_listed_and_the_rest_counted() -> None:
    sent = [reading(meter="1") for _ in range(1500)] + [reading()]
    answer = post("readings", sent).json()
    assert (len(answer["rejected"]), answer["more"], rows(answer)) == (1000, 500, 1501)
    assert Reject.objects.count() == 1500


def test_only_posting_is_understood() -> None:
    assert Client().get("/ingest/readings").status_code == 405


def test_nothing_is_stored_when_the_database_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    key = token()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ingest_reject ADD CHECK (false) NOT VALID")
    client = Client(raise_request_exception=False)
    body = json.dumps([reading(), reading(meter="1")])
    answer = client.post("/ingest/readings", body, content_type="application/json", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 500
    assert MeterState.objects.get(meter__number=METER).last_at == 0
