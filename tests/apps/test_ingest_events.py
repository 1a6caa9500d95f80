"""Events and credits at the machines' door: kept once, with their meaning, and handed to the rules."""

from __future__ import annotations

from typing import Any

import pytest

from bijoli.ingest.models import Reject
from bijoli.metering.models import Change, Credit, MeterEvent
from tests.apps.ingest_door import AT, METER, SECONDS, meters, post, token

__all__ = ["meters"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("meters")]


def event(**fields: Any) -> dict[str, Any]:
    return {"meter": METER, "at": AT, "profile": "is15959", "code": "251", "id": "hes-1"} | fields


def test_an_event_is_kept_once_and_handed_to_the_rules() -> None:
    key = token()
    assert post("events", [event(), event()], key).json() | {"rejected": []} == {
        **{"accepted": 1, "repeated": 1, "late": 0, "quarantined": 0},
        "rejected": [],
    }
    assert post("events", [event(at=SECONDS + 60)], key).json()["repeated"] == 1
    kept = MeterEvent.objects.get()
    assert (kept.kind, kept.begins) == ("tamper_cover", True)
    change = Change.objects.get()
    assert (change.source, change.event_kind, change.event_code, change.at) == ("event", "tamper_cover", "251", SECONDS)


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"code": ""}, "code", "1 to 40 characters"),
        ({"code": "1\0"}, "code", "1 to 40 characters"),
        ({"profile": "a profile too long"}, "profile", "1 to 12 characters"),
        ({"profile": "İ" * 12}, "profile", "1 to 12 characters"),  # twice as long in lower case
        ({"id": "x" * 81}, "id", "1 to 80 characters"),
        ({"at": "now"}, "at", "no time: ISO 8601 with offset, or seconds since 1970"),
        ({"profile": "prepay", "code": "credit"}, "credit", "is missing"),
        ({"profile": "prepay", "code": "credit", "credit": {"credited": "1e400"}}, "credit", "no amount in taka with two decimals"),
        ({"profile": "prepay", "code": "credit", "credit": {"credited": 0}}, "credit", "credited must be over 0"),
        ({"profile": "prepay", "code": "credit", "credit": {"order": "1"}}, "credited", "is missing"),
        ({"credit": {"credited": 1, "charges": 5}}, "credit", "expected array | null, got int"),
    ],
)
def test_a_bad_event_is_rejected_alone(wrong: dict[str, Any], field: str, reason: str) -> None:
    answer = post("events", [event(**wrong), event(id="good")]).json()
    assert answer["accepted"] == 1
    assert answer["rejected"] == [{"row": 1, "field": field, "reason": reason}]
    assert Reject.objects.get().door == "events"


def test_a_credit_is_kept_with_its_split() -> None:
    credit = {
        "order": "202610030001",
        "gross": 500.00,
        "credited": 353.95,
        "vat": 23.81,
        "rebate": 1.76,
        "charges": [{"name": "demand", "amount": 84.00}, {"name": "rent", "amount": 40.00}],
        "channel": "bKash",
        "tokens": [],
    }
    sent = {"meter": METER, "at": AT, "profile": "prepay", "code": "credit", "credit": credit}
    key = token()
    assert post("events", [sent], key).json()["accepted"] == 1
    assert post("events", [sent], key).json()["repeated"] == 1
    kept = Credit.objects.get()
    assert kept.gross_paisa == kept.credited_paisa + (kept.vat_paisa or 0) + sum(one["paisa"] for one in kept.charges) - (
        kept.rebate_paisa or 0
    )
    change = Change.objects.get()
    assert (change.source, change.credited_paisa) == ("credit", 353_95)
