"""Rows that were not taken are not lost: they are counted by reason, taken in when the reason is gone, and forgotten on demand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bijoli.ingest.decode import Body
from bijoli.ingest.models import Gateway, Reject
from bijoli.ingest.rejects import keep
from bijoli.ingest.take import TAKERS
from bijoli.metering import numbers
from bijoli.metering.models import Meter, MeterEvent, MeterState

pytestmark = pytest.mark.django_db
METER = "066012345678"
T = 1_795_320_000


@pytest.fixture(autouse=True)
def _fresh_numbers() -> None:
    numbers.forget()


def sent(door: str, *rows: Any, gateway: Gateway | None = None, now: datetime | None = None) -> None:
    body = Body("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode(), lines=True)
    now = now or timezone.now()
    taken = TAKERS[door](body, gateway, now)
    keep(gateway, door, body, taken.faults, taken.quarantined, now)


def meter() -> None:
    MeterState.objects.create(meter=Meter.objects.create(number=METER), sanctioned_load_w=5000)


def said(*options: str) -> list[str]:
    out = StringIO()
    call_command("rejects", *options, stdout=out)
    return out.getvalue().splitlines()


def test_rows_of_an_unknown_meter_are_taken_in_when_it_is_loaded() -> None:
    sent("readings", {"meter": METER, "at": T, "balance": 84.5}, {"meter": "066099999999", "at": T}, "nonsense")
    sent("events", {"meter": METER, "at": T, "profile": "is15959", "code": "251"})
    assert said("--retry")[0] == "0 taken in, 3 left as they are"
    meter()
    assert said("--retry")[0] == "2 taken in, 1 left as they are"
    assert MeterState.objects.get().balance_paisa == 84_50
    assert MeterEvent.objects.get().kind == "tamper_cover"
    assert sorted(Reject.objects.values_list("reason", flat=True)) == ["no JSON object", "unknown meter"]


def test_a_time_that_lay_ahead_is_taken_in_when_it_has_come() -> None:
    meter()
    sent("readings", {"meter": METER, "at": T}, now=datetime.fromtimestamp(T - 3600, tz=timezone.get_default_timezone()))
    assert Reject.objects.get().quarantined
    assert MeterState.objects.get().last_at == 0
    Reject.objects.filter(quarantined=True).update(body=json.dumps({"meter": METER, "at": int(timezone.now().timestamp()) - 60}))
    assert said("--retry")[0] == "1 taken in, 0 left as they are"
    assert MeterState.objects.get().last_at > 0


def test_a_gateway_still_cannot_speak_for_others_when_its_rows_are_looked_at_again() -> None:
    gateway = Gateway.objects.create(name="a", token_hash=b"a", meter_prefix="066")
    sent("readings", {"meter": METER, "at": T}, gateway=gateway)
    meter()
    Gateway.objects.update(meter_prefix="077")
    assert said("--retry")[0] == "0 taken in, 1 left as they are"


def test_rejects_are_counted_by_reason_and_forgotten_by_age() -> None:
    sent("readings", "a", "b", {"meter": METER, "at": "x"}, now=timezone.now() - timedelta(days=91))
    sent("readings", "c")
    assert [line.split()[:3] for line in said()] == [["3", "readings", "no"], ["1", "readings", "at"]]
    assert said("--forget", "90")[0] == "3 forgotten"
    assert Reject.objects.count() == 1


def test_a_gateway_needs_a_name_of_its_own_and_a_prefix_of_digits() -> None:
    call_command("gateway", "a", stdout=StringIO())
    for wrong in (("a",), ("b", "--prefix", "x"), ("b", "--renew"), ("b", "--revoke")):
        with pytest.raises(CommandError):
            call_command("gateway", *wrong, stdout=StringIO())
