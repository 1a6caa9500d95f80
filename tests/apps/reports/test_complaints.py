"""Complaints in the reports: counts and times against a plain model."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from bijoli.complaints.models import Complaint, Entry
from bijoli.reports import gather
from bijoli.reports.complaints import Complaints, Handled, complaints
from bijoli.reports.measures import measured
from bijoli.reports.period import Asked
from tests import households
from tests.apps.reports.test_benefit import FIRST, HOUR, NOW, TODAY
from tests.households import NOON

pytestmark = pytest.mark.django_db
ASKED = Asked(FIRST, TODAY, NOW)
counted = partial(gather.report, ASKED)


def complain(number: int, category: str, division: str, **given: object) -> Complaint:
    return Complaint.objects.create(
        number=f"C261122-{number:05}",
        draft=uuid.uuid4(),
        customer=households.person(),
        category=category,
        division=division,
        text="dark",
        **{"submitted_at": NOON, "promised_at": NOON + 8 * HOUR, **given},
    )


def test_counts_and_times_by_category_and_division() -> None:
    for number in range(1, 11):
        one = complain(number, "meter", "Uttara", resolved_at=NOON + number * HOUR, rating=4 if number == 1 else None)
        Entry.objects.create(complaint=one, at=NOON, kind="submitted")
        Entry.objects.create(complaint=one, at=NOON + number * HOUR / 20, kind="note", staff=True, inside=True)
        Entry.objects.create(complaint=one, at=NOON + number * HOUR / 10, kind="working", staff=True)
    complain(11, "bill", "", reopened=1)  # its promise is over, and nobody did anything
    complain(12, "bill", "", promised_at=NOW + HOUR, resolved_at=NOW + 2 * HOUR)  # resolved, but not yet by the time of the report
    complain(13, "meter", "Uttara", submitted_at=NOON - timedelta(days=9))
    found = complaints(ASKED)
    hours = np.arange(1, 11) * 3600.0
    meter = Handled(10, 10, 2, 0, 4.0, *np.quantile(hours / 10, (0.5, 0.9)), *np.quantile(hours, (0.5, 0.9)))
    assert found.categories["meter"] == found.divisions["Uttara"]
    for name in Handled.__slots__:
        assert getattr(found.categories["meter"], name) == pytest.approx(getattr(meter, name)), name
    assert found.categories["bill"] == found.divisions[""] == Handled(2, 0, 1, 1)
    assert (found.total.count, found.total.late, found.total.resolved) == (12, 3, 10)
    assert complaints(Asked(FIRST, TODAY, NOW, ("Uttara",))).total.count == 10
    assert measured("in time", counted) == (Decimal("75.00"), 12)
    assert measured("complaint", counted) == (Decimal("330.00"), 10)


def test_no_complaint() -> None:
    assert complaints(ASKED) == Complaints()
    assert measured("in time", counted) is None
    assert measured("complaint", counted) is None
