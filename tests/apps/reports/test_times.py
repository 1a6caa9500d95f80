"""Delivery times, self-disconnections, the measures of the reports, and what is typed beside them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bijoli.alerts.models import Episode, Stage
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering.models import UsagePoint
from bijoli.reports import gather, typed
from bijoli.reports.measures import MEASURES, measured
from bijoli.reports.models import Saving
from bijoli.reports.period import Asked, fiscal, fiscal_year
from bijoli.reports.selfoff import Off, selfoff
from bijoli.reports.times import ACCEPTED, COMMITTED, DISPLAYED, WHOLE, times
from tests import households
from tests.apps.reports.test_benefit import FIRST, GOOD, HOUR, NOW, START, TODAY, Home, build
from tests.households import NOON

pytestmark = pytest.mark.django_db
ASKED = Asked(FIRST, TODAY, NOW)
counted = partial(gather.report, ASKED)
SECOND = timedelta(seconds=1)


def pushed(seconds: tuple[int, int, int], kind: str = "low", code: str = "L1", status: str = "displayed") -> None:
    """A notification whose push took so long in each of the three steps."""
    person = households.person()
    meter = households.meter(person)
    telling = households.telling(meter, code)
    account = meter.installations.get().usage_point.account
    told = Notification.objects.create(
        customer=person,
        account=account,
        meter=meter,
        stage_id=telling.stage_id,
        kind=kind,
        code=code,
        at=NOON,
        received_at=NOON,
        made_at=NOON,
    )
    queued = NOON + seconds[0] * SECOND
    sent = queued + seconds[1] * SECOND
    displayed = sent + seconds[2] * SECOND
    Delivery.objects.create(
        notification=told, status=status, topic="t", expires_at=NOON, queued_at=queued, sent_at=sent, displayed_at=displayed
    )


def test_each_step_has_its_quantiles_by_kind() -> None:
    for number in range(1, 101):
        pushed((number, 2 * number, 3 * number))
    pushed((9, 9, 9), "zero", "Z1")
    pushed((500, 500, 500), status="suppressed")
    found = times(ASKED)
    low = found["low"]
    assert [low[span].count for span in (COMMITTED, ACCEPTED, DISPLAYED, WHOLE)] == [100] * 4
    assert [low[span].p50 for span in (COMMITTED, ACCEPTED, DISPLAYED, WHOLE)] == [50.5, 101, 151.5, 303]
    assert low[COMMITTED].p95 == pytest.approx(95.05)
    assert low[COMMITTED].p99 == pytest.approx(99.01)
    assert found["zero"][WHOLE].p99 == 27
    assert found[""][WHOLE].count == 101
    assert measured("alert", counted) == (Decimal("5.00"), 101)  # 300 s


def off(division: str, hours: int | None, told: bool = True) -> None:
    meter = households.meter()
    UsagePoint.objects.filter(installations__meter=meter).update(division=division)
    back = None if hours is None else NOON + hours * HOUR
    episode = Episode.objects.create(meter=meter, kind="zero", opened_at=NOON, closed_at=back, closed_why="recovered" if back else "")
    Stage.objects.create(episode=episode, code="Z2", at=NOON, received_at=NOON, decided_at=NOON, suppressed="" if told else "flap")
    if back:
        Stage.objects.create(
            episode=episode, code="ZR", at=back, received_at=back, decided_at=back, facts={"out_since": NOON.isoformat()} if told else {}
        )


def test_self_disconnections_are_counted_with_the_half_of_their_lengths() -> None:
    for hours in (1, 2, 9):
        off("Uttara", hours)
    off("Uttara", None)
    off("Badda", 5, told=False)  # counted, its length is not known
    found = selfoff(ASKED)
    assert found.total == Off(5, 1, 3, 2 * 3600)
    assert found.divisions == {"Uttara": Off(4, 1, 3, 2 * 3600), "Badda": Off(1, 0, 0, None)}
    assert selfoff(Asked(FIRST, TODAY, NOW, ("Badda",))).total == Off(1, 0, 0, None)
    assert selfoff(Asked(FIRST, TODAY, NOW, ())).total == Off()
    assert measured("off", counted) == (Decimal("120.00"), 3)
    assert measured("offs", counted) == (Decimal(5), 5)


def test_nothing_is_known_of_nothing() -> None:
    assert times(ASKED) == {}
    assert selfoff(ASKED).total == Off()
    assert [measured(key, counted) for key in ("recharge", "alert", "off")] == [None] * 3
    assert measured("removed", counted) is None


def test_every_measure_is_counted() -> None:
    build([Home("Uttara", credits=(52,))], [GOOD])
    found = {key: measured(key, counted) for key in MEASURES}
    assert found["acted"] == found["shown"] == found["registered"] == (1, 1)


def test_the_newest_version_holds_and_the_older_ones_stay() -> None:
    one, two = households.person(), households.person()
    typed.keep_saving(one.pk, START, "time", {"before": Decimal(1440), "source": "survey 2025"})
    typed.keep_saving(two.pk, NOW, "time", {"before": Decimal(1440), "source": "survey 2025", "after": Decimal(2), "how": "clock"})
    typed.keep_saving(two.pk, NOW, "quality", {"before": Decimal(40), "source": "survey", "after": Decimal(60), "how": "survey"})
    rows = {row.dimension: row for row in typed.table(ASKED)}
    assert len(rows) == 7
    assert (rows["time"].saved, rows["quality"].saved, rows["cost"].saved) == (1438, 20, None)
    assert rows["time"].percent == pytest.approx(Decimal("99.86"), abs=Decimal("0.01"))
    assert [row.by_id for row in typed.savings("time")] == [two.pk, one.pk]


def test_a_measured_after_and_a_saving_of_nothing() -> None:
    by = households.person().pk
    off("Uttara", 3)
    typed.keep_saving(by, NOW, "time", {"before": Decimal(0), "source": "law", "measure": "off"})
    row = next(row for row in typed.table(ASKED) if row.dimension == "time")
    assert (row.after, row.sample, row.saved, row.percent) == (180, 1, -180, None)


@pytest.mark.parametrize("wrong", [{"before": Decimal(1)}, {"after": Decimal(1), "measure": "off"}])
def test_the_database_refuses_a_figure_without_a_source_and_two_afters(wrong: dict[str, object]) -> None:
    by = households.person().pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Saving.objects.create(by_id=by, dimension="time", **wrong)


@pytest.mark.parametrize("change", ["UPDATE reports_saving SET before = 9", "DELETE FROM reports_saving"])
def test_the_database_refuses_to_forget(change: str) -> None:
    typed.keep_saving(households.person().pk, NOW, "time", {})
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_indicators_of_a_year() -> None:
    by = households.person().pk
    off("Uttara", 3)
    names = {"year": 2026, "name_bn": "ক", "name_en": "A"}
    first = typed.keep_indicator(by, START, None, names | {"target": Decimal(10), "value": Decimal(5), "source": "book"})
    typed.keep_indicator(by, START, None, names | {"target": Decimal(3), "measure": "offs", "lower": True, "position": 2})
    gone = typed.keep_indicator(by, START, None, names)
    typed.keep_indicator(by, NOW, gone.indicator, names | {"dropped": True})
    typed.keep_indicator(by, NOW, first.indicator, names | {"target": Decimal(10), "value": Decimal(12), "source": "book", "position": 1})
    rows = typed.indicators(2026, ASKED)
    assert [(row.value, row.percent, row.reached) for row in rows] == [(12, 120, True), (1, None, True)]
    assert typed.indicators(2025, ASKED) == []
    assert len(typed.versions(first.indicator)) == 2


def test_the_year_goes_until_the_local_day_that_has_begun() -> None:
    """After midnight in Dhaka it is still yesterday in UTC."""
    by = households.person().pk
    typed.keep_indicator(by, START, None, {"year": 2026, "name_bn": "ক", "name_en": "A", "measure": "offs"})
    late = NOON + timedelta(hours=13)  # 19:00 UTC, 01:00 in Dhaka
    meter = households.meter()
    episode = Episode.objects.create(meter=meter, kind="zero", opened_at=late)
    Stage.objects.create(episode=episode, code="Z2", at=late, received_at=late, decided_at=late)
    tomorrow = TODAY + timedelta(days=1)
    assert [row.value for row in typed.indicators(2026, Asked(tomorrow, tomorrow, late + HOUR))] == [1]


def test_the_fiscal_year_begins_in_july() -> None:
    assert fiscal(2026) == (date(2026, 7, 1), date(2027, 6, 30))
    assert [fiscal_year(day) for day in (date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1))] == [2025, 2026, 2026]


def test_what_is_not_kept_any_more_is_said(settings) -> None:
    settings.NOTIFICATION_MONTHS = 1
    assert gather.cut(ASKED) is None
    assert gather.cut(Asked(FIRST - timedelta(days=90), TODAY, NOW)) == date(2026, 10, 25)
    settings.NOTIFICATION_MONTHS = 0
    assert gather.cut(Asked(FIRST - timedelta(days=9999), TODAY, NOW)) is None
