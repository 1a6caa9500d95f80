"""`load` and the compaction killed in the middle: all or nothing of a file, and a second run does what the first had begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bijoli.customers.models import Access, Account, Customer
from bijoli.metering import numbers, raw
from bijoli.metering.columns import Readings
from bijoli.metering.compact import compact
from bijoli.metering.models import Installation, Meter, MeterState, Segment, UsagePoint
from bijoli.metering.record import record
from tests import households

pytestmark = pytest.mark.django_db(transaction=True)
LINES = 30_000
HEAD = "account,mode,meter,installed_at,division,feeder,sanctioned_kw,phone,role,nickname\n"


@contextmanager
def other_process(code: str):
    """A real process of ours on the tests' database."""
    name = connection.settings_dict["NAME"]
    begin = f"import django; from django.conf import settings; settings.DATABASES['default']['NAME'] = {name!r}; django.setup()"
    process = subprocess.Popen([sys.executable, "-c", f"{begin}; {code}"], stdout=subprocess.DEVNULL, env=os.environ)
    with process:
        yield process
        process.kill()


def at_work(minimum_locks: int) -> bool:
    """Whether another connection holds a transaction that has written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0] >= minimum_locks


def killed_while_writing(code: str, after_s: float) -> None:
    with other_process(code) as process:
        end = time.monotonic() + 60
        while not at_work(1):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < end
            time.sleep(0.002)
        time.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    until(lambda: not at_work(1), "PostgreSQL notices that its client is gone")


def until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def counts() -> list[int]:
    return [model.objects.count() for model in (Account, UsagePoint, Meter, MeterState, Installation, Customer, Access)]


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_a_killed_load_leaves_nothing_and_a_second_one_loads_all(tmp_path, after_s):
    path = tmp_path / "register.csv"
    lines = (f"{n:08d},prepaid,{660_030_000_000 + n:012d},,Uttara West,F-1,5,017{n:08d},owner,\n" for n in range(LINES))
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    before = counts()
    killed_while_writing(f"from django.core.management import call_command; call_command('load', {str(path)!r})", after_s)
    assert counts() in (before, [LINES] * 7), "half a file"
    for _ in range(2):
        call_command("load", str(path), stdout=StringIO())
        assert counts() == [LINES] * 7
    numbers.forget()


def blocked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_killed_compaction_loses_no_reading_and_doubles_none():
    numbers.forget()
    meters = [households.meter() for _ in range(40)]
    for meter in meters:
        MeterState.objects.create(meter=meter, sanctioned_load_w=5000)
    begin = timezone.now().replace(microsecond=0) - timedelta(days=3)
    for step in range(60):
        at = int(begin.timestamp()) + step * 300
        record(Readings.of([{"meter": meter.number, "at": at, "balance": step, "register": step} for meter in meters]), timezone.now())
    before = {meter.pk: raw.of_meter(meter.pk, begin, timezone.now()) for meter in meters}
    assert {len(own) for own in before.values()} == {60}
    pieces, later = Segment.objects.count(), timezone.now() + timedelta(hours=2)
    work = f"from datetime import datetime; from bijoli.metering.compact import compact; compact({later!r}, lambda: True)"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE metering_segment IN SHARE MODE")  # reading and claiming go on; taking out and putting in wait
        with other_process(work.replace("datetime.datetime", "datetime").replace("datetime.timezone.utc", "__import__('datetime').UTC")):
            until(blocked, "the compaction waits for the lock")
    until(lambda: not at_work(1), "PostgreSQL notices that its client is gone")
    assert Segment.objects.count() == pieces
    assert {meter.pk: raw.of_meter(meter.pk, begin, timezone.now()) for meter in meters} == before
    assert compact(later, lambda: True) > 0
    assert Segment.objects.count() < pieces
    assert {meter.pk: raw.of_meter(meter.pk, begin, timezone.now()) for meter in meters} == before
