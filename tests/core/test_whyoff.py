"""One answer with one next step, by a table of what may be known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bijoli.core import whyoff
from bijoli.core.conditions import Relay
from bijoli.core.whyoff import Answer, Feeder, Known, why_off

NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
AGO, LONG_AGO, SOON = NOW - timedelta(minutes=10), NOW - timedelta(hours=9), NOW + timedelta(hours=2)
OUT = Feeder(meters=20, failed=9, silent=9, others_speak=True, since=AGO)
SILENCE = Feeder(meters=20, failed=0, silent=19, others_speak=True, since=LONG_AGO)
NO_WORD_AT_ALL = Feeder(meters=20, failed=0, silent=20, others_speak=False)
FEW = Feeder(meters=4, failed=4, silent=4, others_speak=True)
ON = {"relay": Relay.CLOSED, "last_at": AGO, "balance": 500_00}

TABLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("no meter", {"has_meter": False, "last_at": None}, whyoff.NO_METER, whyoff.CALL),
    ("never heard", {"last_at": None}, whyoff.NO_READING, whyoff.REPORT),
    ("no credit", {"relay": Relay.OPEN_CREDIT, "balance": 0}, whyoff.CREDIT, whyoff.RECHARGE),
    ("no credit, and the feeder is out too", {"relay": Relay.OPEN_CREDIT, "feeder": OUT}, whyoff.CREDIT, whyoff.RECHARGE),
    ("paid, not arrived", {"relay": Relay.OPEN_CREDIT, "paid_at": AGO}, whyoff.ON_ITS_WAY, whyoff.WAIT),
    ("a trip", {"relay": Relay.OPEN_OVERLOAD, "overload_since": AGO}, whyoff.OVERLOAD, whyoff.LOWER_LOAD),
    ("three trips", {"relay": Relay.OPEN_OVERLOAD, "trips_many": True}, whyoff.OVERLOAD, whyoff.CALL),
    ("latched by a signal", {"relay": Relay.OPEN_OTHER, "tamper_since": AGO}, whyoff.TAMPER, whyoff.CALL),
    ("switched off for what we do not know", {"relay": Relay.OPEN_OTHER}, whyoff.SWITCHED_OFF, whyoff.CALL),
    ("announced", {"last_at": LONG_AGO, "planned_until": SOON, "feeder": OUT}, whyoff.PLANNED, whyoff.WAIT),
    ("many say that the voltage is gone", {"failed_at": AGO, "feeder": OUT}, whyoff.FEEDER, whyoff.WAIT),
    ("many fell silent, this one too", {"last_at": LONG_AGO, "feeder": SILENCE}, whyoff.FEEDER, whyoff.WAIT),
    ("all are silent, so are we", {"last_at": LONG_AGO, "feeder": NO_WORD_AT_ALL}, whyoff.SILENT, whyoff.REPORT),
    ("too few to tell", {"failed_at": AGO, "feeder": FEW}, whyoff.OWN_LINE, whyoff.REPORT),
    ("this home alone", {"failed_at": AGO}, whyoff.OWN_LINE, whyoff.REPORT),
    ("silent alone", {"last_at": LONG_AGO}, whyoff.SILENT, whyoff.REPORT),
    ("the meter says on", {}, whyoff.SUPPLY_ON, whyoff.CHECK),
    ("a neighbour's outage before this reading", {"feeder": Feeder(20, 9, 0, True, LONG_AGO)}, whyoff.SUPPLY_ON, whyoff.CHECK),
    ("finished, not switched off yet", {"balance": 0, "protected_until": SOON}, whyoff.CREDIT_SOON, whyoff.RECHARGE),
    ("postpaid knows no balance", {"balance": -5, "prepaid": False}, whyoff.SUPPLY_ON, whyoff.CHECK),
    ("a balance that is not known", {"balance": None}, whyoff.SUPPLY_ON, whyoff.CHECK),
]


@pytest.mark.parametrize(("known", "cause", "step"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_one_answer_with_one_step(known: dict[str, Any], cause: str, step: str) -> None:
    found = why_off(Known(NOW, **{**ON, **known}))
    assert (found.cause, found.step) == (cause, step)


def test_times_are_told_where_they_are_known() -> None:
    assert why_off(Known(NOW, **{**ON, "planned_until": SOON})) == Answer(whyoff.PLANNED, whyoff.WAIT, until=SOON)
    assert why_off(Known(NOW, **{**ON, "failed_at": AGO, "feeder": OUT})).since == AGO
    assert why_off(Known(NOW, **{**ON, "balance": 0, "protected_until": SOON})).until == SOON


def test_every_answer_is_in_the_table() -> None:
    answers = {value for name, value in vars(whyoff).items() if name.isupper() and isinstance(value, str)}
    assert {row[2] for row in TABLE} | {row[3] for row in TABLE} == answers


@pytest.mark.parametrize(
    ("feeder", "well"),
    [
        (Feeder(), False),
        (FEW, False),
        (OUT, False),
        (SILENCE, False),
        (NO_WORD_AT_ALL, False),
        (Feeder(20, 0, 1, True), True),
        (Feeder(20, 0, 10), False),
    ],
)
def test_neighbours_have_power_only_where_most_of_them_say_so(feeder: Feeder, well: bool) -> None:
    assert feeder.well is well
