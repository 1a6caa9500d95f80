"""Beneficiaries: the one statement against a plain model of the definitions, and the cases that must not count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.alerts.models import Dispute, Episode, Stage
from bijoli.customers.models import Account, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering.models import Credit, UsagePoint
from bijoli.reports.benefit import ALERTS, Funnel, benefit
from bijoli.reports.evidence import evidence
from bijoli.reports.period import Asked
from tests import households
from tests.households import LONG_AGO, NOON

DHAKA = ZoneInfo("Asia/Dhaka")
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
KINDS = {"L": "low", "Z": "zero", "O": "overload", "T": "tamper"}
DIVISIONS = ("Uttara", "Badda")
TODAY = NOON.astimezone(DHAKA).date()


@dataclass
class Alert:
    """One notification with all that became of it; times are hours after it was made, None never."""

    home: int
    code: str
    made: int  # hours after NOON less two days
    sent: int | None = None
    displayed: int | None = None
    opened: int | None = None
    read: int | None = None
    closed: int | None = None
    why: str = "recovered"
    replied: int | None = None


@dataclass
class Home:
    """A person with an account: `verified` hours before all else, or never."""

    division: str
    verified: bool = True
    staff: bool = False
    credits: tuple[int, ...] = ()  # hours after NOON less two days


START = NOON - 2 * DAY
NOW = NOON + DAY


def build(homes: list[Home], alerts: list[Alert]) -> list[Customer]:
    people, meters = [], []
    for home in homes:
        one = households.person(phone_verified_at=LONG_AGO if home.verified else None, is_staff=home.staff)
        meter = households.meter(one)
        UsagePoint.objects.filter(account__access__customer=one).update(division=home.division)
        for hour in home.credits:
            Credit.objects.create(meter=meter, at=START + hour * HOUR, credited_paisa=100_00, order=f"{meter.pk}-{hour}")
        people.append(one)
        meters.append(meter)
    for alert in alerts:
        _told(people[alert.home], meters[alert.home], alert)
    return people


def _told(person: Customer, meter: Any, alert: Alert) -> None:
    made = START + alert.made * HOUR

    def at(hours: int | None) -> datetime | None:
        return None if hours is None else made + hours * HOUR

    closed = at(alert.closed) or NOW + 9 * DAY  # one alone is open at a meter; those that never close, close out of sight
    kind = KINDS[alert.code[0]]
    episode = Episode.objects.create(meter=meter, kind=kind, opened_at=made, closed_at=closed, closed_why=alert.why)
    stage = Stage.objects.create(episode=episode, code=alert.code, at=made, received_at=made, decided_at=made)
    account = Account.objects.get(access__customer=person)
    told = Notification.objects.create(
        customer=person,
        account=account,
        meter=meter,
        stage=stage,
        kind=kind,
        code=alert.code,
        at=made,
        made_at=made,
        read_at=at(alert.read),
    )
    Delivery.objects.create(
        notification=told, topic="t", expires_at=made, sent_at=at(alert.sent), displayed_at=at(alert.displayed), opened_at=at(alert.opened)
    )
    if alert.replied is not None:
        Dispute.objects.create(stage=stage, customer=person, account=account, text="no", created_at=at(alert.replied))


NAMES = ("reached", "shown", "acted", "recharged", "eased", "opened", "replied")


def plainly(homes: list[Home], alerts: list[Alert], wanted: Callable[[Home, Alert], bool]) -> dict[str, int]:
    """The definitions, one alert at a time."""
    sets: dict[str, set[int]] = {name: set() for name in NAMES}
    counted = [one for one in alerts if _counts_at_all(homes[one.home], one) and wanted(homes[one.home], one)]
    for one in counted:
        for name in marks(homes[one.home], one):
            sets[name].add(one.home)
    return {"alerts": len(counted), **{name: len(people) for name, people in sets.items()}}


def _counts_at_all(home: Home, alert: Alert) -> bool:
    return home.verified and not home.staff and alert.code in ALERTS and FIRST <= _day(alert) <= TODAY


def _day(alert: Alert) -> date:
    return (START + alert.made * HOUR).astimezone(DHAKA).date()


def marks(home: Home, alert: Alert) -> set[str]:
    """What holds for the person by this alert alone."""
    now = int((NOW - START) / HOUR) - alert.made
    shown = min((hours for hours in (alert.displayed, alert.opened, alert.read) if hours is not None), default=now + 1)
    found = {"reached"} if (alert.sent is not None and alert.sent <= now) or shown <= now else set()
    if shown > now:
        return found
    until = min(shown + 24, now)
    acts = {
        "recharged": alert.code[0] in "LZ" and any(shown < hour - alert.made <= until for hour in home.credits),
        "eased": alert.code[0] == "O" and alert.why == "recovered" and alert.closed is not None and shown < alert.closed <= until,
        "opened": alert.opened is not None and alert.opened <= until,
        "replied": alert.replied is not None and shown <= alert.replied <= until,
    }
    done = {name for name, holds in acts.items() if holds}
    return found | {"shown"} | done | ({"acted"} if done else set())


FIRST = TODAY - timedelta(days=1)
hours = st.none() | st.integers(0, 30)
an_alert = st.builds(
    Alert,
    home=st.integers(0, 2),
    code=st.sampled_from(["L1", "Z2", "O2", "T1", "ZR", "OR"]),
    made=st.integers(0, 60),
    sent=hours,
    displayed=hours,
    opened=hours,
    read=hours,
    closed=hours,
    why=st.sampled_from(["recovered", "removed"]),
    replied=hours,
)
a_home = st.builds(
    Home,
    division=st.sampled_from(DIVISIONS),
    verified=st.sampled_from([True, True, False]),
    staff=st.sampled_from([False, False, True]),
    credits=st.lists(st.integers(0, 80), max_size=4, unique=True).map(tuple),
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(homes=st.lists(a_home, min_size=3, max_size=3), alerts=st.lists(an_alert, max_size=8))
def test_the_statement_counts_what_the_definitions_say(homes: list[Home], alerts: list[Alert]) -> None:
    with transaction.atomic():
        build(homes, alerts)
        _hold_together(homes, alerts)
        transaction.set_rollback(True)  # the next example begins with nothing


def _hold_together(homes: list[Home], alerts: list[Alert]) -> None:
    found = benefit(Asked(FIRST, TODAY, NOW))
    assert _counts(found.total) == plainly(homes, alerts, lambda _home, _alert: True)
    for division in DIVISIONS:
        expected = plainly(homes, alerts, lambda home, _alert, division=division: home.division == division)
        assert _counts(found.divisions.get(division, Funnel())) == expected
        assert _counts(benefit(Asked(FIRST, TODAY, NOW, (division,))).total) == expected
    for kind in KINDS.values():
        expected = plainly(homes, alerts, lambda _home, alert, kind=kind: KINDS[alert.code[0]] == kind)
        assert _counts(found.kinds.get(kind, Funnel())) == expected
    for day in (FIRST, TODAY):
        assert _counts(found.days[day]) == plainly(homes, alerts, lambda _home, alert, day=day: _day(alert) == day)
    assert found.total.registered == sum(home.verified and not home.staff for home in homes)
    for one in (found.total, *found.divisions.values(), *found.days.values()):
        assert (one.registered or 0) >= one.reached >= one.shown >= one.acted
    assert rerun(Asked(FIRST, TODAY, NOW)) == found.total
    assert rerun(Asked(FIRST, TODAY, NOW, DIVISIONS[:1])).acted == found.divisions.get(DIVISIONS[0], Funnel()).acted


def rerun(asked: Asked) -> Funnel:
    """The whole, as somebody reads it who runs the evidence by hand."""
    told, registered, _end = evidence(asked).split(";")
    with connection.cursor() as cursor:
        cursor.execute(registered)
        [known] = [count for division, day, count in cursor.fetchall() if division is None and day is None]
        cursor.execute(told)
        [whole] = [row for *key, row in ((*row[:3], row[3:]) for row in cursor.fetchall()) if key == [None] * 3]
    return Funnel(known, *whole)


def _counts(one: Funnel) -> dict[str, int]:
    return {name: getattr(one, name) for name in ("alerts", *NAMES)}


GOOD = Alert(0, "L1", 50, sent=0, displayed=1)


def acted(home: Home, *alerts: Alert) -> int:
    build([home], list(alerts))
    return benefit(Asked(FIRST, TODAY, NOW)).total.acted


pay = Home("Uttara", credits=(52,))


@pytest.mark.django_db
def test_a_recharge_after_the_alert_was_shown_is_a_benefit() -> None:
    assert acted(pay, GOOD) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("home", "alert"),
    [
        (Home("Uttara", credits=(50,)), GOOD),  # paid before it was shown
        (Home("Uttara", credits=(51 + 25,)), GOOD),  # a day later
        (Home("Uttara", verified=False, credits=(52,)), GOOD),
        (Home("Uttara", staff=True, credits=(52,)), GOOD),
        (pay, Alert(0, "L1", 50, sent=0)),  # never shown
        (pay, Alert(0, "ZR", 50, sent=0, displayed=1, opened=1)),  # no alert
        (pay, Alert(0, "O2", 50, sent=0, displayed=1)),  # money does not lower a load
        (Home("Uttara"), Alert(0, "O2", 50, displayed=1, closed=2, why="removed")),  # the meter was taken away
        (Home("Uttara"), Alert(0, "L1", 50, displayed=1, read=2)),  # reading alone is no act
    ],
)
def test_what_is_no_benefit(home: Home, alert: Alert) -> None:
    assert acted(home, alert) == 0


@pytest.mark.django_db
def test_a_person_counts_once_however_often_told() -> None:
    assert acted(pay, GOOD, GOOD, Alert(0, "O2", 50, displayed=1, closed=2)) == 1


@pytest.mark.django_db
def test_sent_twice_a_credit_of_nothing_and_advice_count_nothing() -> None:
    (person,) = build([Home("Uttara")], [GOOD])
    account = Account.objects.get(access__customer=person)
    told = Notification.objects.get()
    Credit.objects.create(meter=told.meter, at=START + 52 * HOUR, credited_paisa=0, order="nothing")
    advice = Notification.objects.create(customer=person, account=account, meter=told.meter, kind="slab", code="S1", at=NOON, made_at=NOON)
    Delivery.objects.create(notification=advice, topic="t", expires_at=NOON, displayed_at=NOON, opened_at=NOON)
    total = benefit(Asked(FIRST, TODAY, NOW)).total
    assert (total.alerts, total.shown, total.acted) == (1, 1, 0)
