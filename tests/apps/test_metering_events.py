"""An event is kept once, whatever it means; the rules hear of those that matter, in the order of their times."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from bijoli.metering import numbers
from bijoli.metering.columns import Outcome, Readings, Status
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.metering.models import Change, Credit, Meter, MeterEvent, MeterState, Relay
from bijoli.metering.record import record

pytestmark = pytest.mark.django_db
ONE, TWO = 66_012_345_678, 66_012_345_679
T = 1_795_320_000
NOW = datetime.fromtimestamp(T + 86400, UTC)


@pytest.fixture(autouse=True)
def _meters() -> None:
    numbers.forget()
    for number in (ONE, TWO):
        MeterState.objects.create(meter=Meter.objects.create(number=f"{number:012d}"), sanctioned_load_w=5000, calm=2)


def told(*events: dict[str, Any]) -> Outcome:
    return record_events([Event(**{"meter": ONE, "at": T, "profile": "is15959", "code": "251"} | event) for event in events], NOW)


def read(*rows: dict[str, Any]) -> Outcome:
    return record(Readings.of([{"meter": ONE} | row for row in rows]), NOW)


def state() -> MeterState:
    return MeterState.objects.get(meter__number=f"{ONE:012d}")


def test_an_event_without_an_id_is_known_by_meter_time_profile_and_code() -> None:
    outcome = told({}, {}, {"at": T + 1}, {"code": "252"}, {"profile": "dlms"}, {"meter": TWO})
    assert outcome.status.tolist() == [Status.ACCEPTED, Status.REPEATED, *[Status.ACCEPTED] * 4]
    assert told({}, {"meter": TWO}).status.tolist() == [Status.REPEATED] * 2
    assert MeterEvent.objects.count() == 5


def test_an_event_with_an_id_is_known_by_it() -> None:
    assert told({"source_id": "a"}, {"source_id": "b"}, {"source_id": "a", "at": T + 5}).status.tolist() == [0, 0, Status.REPEATED]
    assert told({"source_id": "a", "at": T + 9}, {"source_id": "a", "meter": TWO}).status.tolist() == [Status.REPEATED, 0]


def test_the_rules_hear_what_matters_once_and_in_the_order_of_times() -> None:
    told({"at": T + 60, "code": "216"}, {"at": T, "code": "215"}, {"at": T + 30, "code": "7"}, {"at": T + 40, "code": "999"})
    told({"at": T, "code": "215"})
    heard = list(Change.objects.order_by("id").values_list("at", "source", "event_kind", "event_begins", "event_code"))
    assert heard == [(T, "event", "overload", True, "215"), (T + 60, "event", "overload", False, "216")]


def test_a_change_says_what_was_known_before() -> None:
    read({"at": T - 60, "balance": 150_00, "relay": 1})
    Change.objects.all().delete()
    told({"code": "301"}, {"code": "302", "at": T + 60})
    heard = list(Change.objects.order_by("id").values_list("before_paisa", "balance_paisa", "relay", "relay_before"))
    assert heard == [(150_00, None, 0, Relay.CLOSED), (150_00, None, 0, Relay.OPEN_OTHER)]
    assert state().relay == Relay.CLOSED


def test_an_event_older_than_the_last_reading_does_not_turn_the_switch_back() -> None:
    read({"at": T + 600, "relay": 1})
    told({"code": "301"})
    assert state().relay == Relay.CLOSED


def test_after_an_event_told_of_an_empty_balance_the_next_balance_is_looked_at() -> None:
    read({"at": T - 60, "balance": 150_00})
    told({"profile": "prepay", "code": "out_of_credit"})
    assert read({"at": T + 900, "balance": 149_00}).changes == 1


def test_after_an_overload_event_two_calm_readings_are_news_again() -> None:
    told({"code": "215"})
    assert [read({"at": T + 900 * step, "load": 1000}).changes for step in (1, 2, 3)] == [0, 1, 0]


def test_an_unknown_code_is_kept_and_listed() -> None:
    told({"code": "4711"}, {"code": "4711", "at": T + 1}, {"profile": "our-own", "code": "x"}, {})
    out = StringIO()
    call_command("events", "--unmapped", stdout=out)
    assert [line.split()[:3] for line in out.getvalue().splitlines()] == [["2", "is15959", "4711"], ["1", "our-own", "x"]]
    assert MeterEvent.objects.filter(kind="").count() == 3
    out = StringIO()
    call_command("events", stdout=out)
    assert [line.split() for line in out.getvalue().splitlines()] == [["3", "unmapped"], ["1", "tamper_cover"]]


def test_an_event_that_came_before_its_code_was_known_gets_its_meaning_later() -> None:
    told({})
    MeterEvent.objects.update(kind="", begins=None)
    out = StringIO()
    call_command("events", "--map", stdout=out)
    assert out.getvalue().startswith("1 ")
    assert MeterEvent.objects.get().kind == "tamper_cover"


def test_a_time_ahead_of_ours_and_an_unknown_meter_are_not_stored() -> None:
    outcome = told({"at": T + 86400 + 601}, {"meter": 66_099_999_999})
    assert outcome.status.tolist() == [Status.QUARANTINED, Status.UNKNOWN]
    assert not MeterEvent.objects.exists()


def credit(**fields: Any) -> dict[str, Any]:
    at = fields.pop("at", T)
    source_id = fields.pop("source_id", "")
    return {
        "profile": "prepay",
        "code": "credit",
        "at": at,
        "source_id": source_id,
        "credit": CreditTold(**{"credited_paisa": 500_00} | fields),
    }


def test_a_credit_is_known_by_its_order_or_its_id_or_its_time_and_amount() -> None:
    assert told(credit(order="1"), credit(order="1", at=T + 5), credit(order="2")).status.tolist() == [0, Status.REPEATED, 0]
    assert told(credit(source_id="x"), credit(source_id="x", at=T + 9)).status.tolist() == [0, Status.REPEATED]
    assert told(credit(), credit(), credit(credited_paisa=5), credit(at=T + 1)).status.tolist() == [0, Status.REPEATED, 0, 0]
    assert told(credit(order="1"), credit(source_id="x"), credit()).status.tolist() == [Status.REPEATED] * 3
    assert Credit.objects.count() == 6
    assert not MeterEvent.objects.exists()


def test_every_credit_is_handed_to_the_rules_with_the_balance_before_it() -> None:
    read({"at": T - 60, "balance": 40_00})
    Change.objects.all().delete()
    told(credit(order="1"), credit(order="1"))
    change = Change.objects.get()
    assert (change.source, change.credited_paisa, change.before_paisa, change.balance_paisa) == ("credit", 500_00, 40_00, None)


@pytest.mark.django_db(transaction=True)
def test_whoever_listens_is_woken_by_a_change_and_only_by_one() -> None:
    parameters = connection.get_connection_params()
    names = {"host": parameters["host"], "user": parameters["user"], "dbname": parameters["dbname"]}
    with psycopg.connect(**names, autocommit=True) as listener:
        listener.execute("LISTEN bijoli_change")
        read({"at": T, "balance": 500_00})
        told({"code": "7"})
        assert list(listener.notifies(timeout=0.2)) == []
        read({"at": T + 900, "balance": 40_00})
        assert [notice.channel for notice in listener.notifies(timeout=5, stop_after=1)] == ["bijoli_change"]
        told({})
        assert [notice.channel for notice in listener.notifies(timeout=5, stop_after=1)] == ["bijoli_change"]
