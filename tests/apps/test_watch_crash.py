"""Workers that race, workers that die: nothing is lost, nobody is told twice."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from bijoli.alerts import watch
from bijoli.alerts.models import Episode, Stage
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering import changes
from bijoli.metering.models import Change
from tests import households
from tests.apps.alert_changes import balances, change, now, stages, state

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(work, count):
    """Runs `work` at the same moment in several threads, each with its own connection."""
    failures, gate = [], threading.Barrier(count)

    def one():
        try:
            gate.wait()
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def until_empty():
    while Change.objects.exists():
        watch.step()


def town(meters):
    people = [households.person() for _ in range(meters)]
    for person in people:
        households.phone(person)
    return [households.meter(person) for person in people]


def test_workers_that_race_tell_each_stage_once():
    meters = town(20)
    households.apart()
    for round_ in range(4):
        for meter in meters:
            balances(meter, [84, 83, 40, 39][round_], before=[150, 84, 83, 40][round_])
    in_threads(until_empty, 4)
    for meter in meters:
        assert stages(meter) == ["L1", "L2"]
    assert Episode.objects.count() == 20
    assert Notification.objects.count() == Delivery.objects.count() == 40


def test_the_same_event_five_times_to_two_workers_is_one_notification():  # (7)
    [meter] = town(1)
    for _ in range(5):
        change(meter, source="event", event_kind="tamper_cover", event_begins=True, event_code="251")
    in_threads(until_empty, 2)
    assert Notification.objects.count() == 1
    assert Episode.objects.get().memory["counter"] == 5


def test_one_meter_is_in_one_workers_hands_at_a_time():
    meter, other = town(2)
    balances(meter, 84)
    with transaction.atomic():
        first = changes.claim(10, now())
        balances_of_another_worker = []

        def second():
            change(meter, balance_paisa=40_00)
            change(other, balance_paisa=40_00)
            with transaction.atomic():
                balances_of_another_worker.extend(row.meter_id for row in changes.claim(10, now()))

        in_threads(second, 1)
    assert [row.meter_id for row in first] == [meter.pk]
    assert balances_of_another_worker == [other.pk]


@contextmanager
def other_process(code):
    """A real process of ours on the tests' database."""
    name = connection.settings_dict["NAME"]
    begin = f"import django; from django.conf import settings; settings.DATABASES['default']['NAME'] = {name!r}; django.setup()"
    process = subprocess.Popen([sys.executable, "-c", f"{begin}; {code}"], stdout=subprocess.PIPE, text=True, env=os.environ)
    with process:
        yield process
        process.kill()


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def is_blocked():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'metering_change'::regclass")
        return cursor.fetchone() == (1,)


def test_killed_between_telling_and_committing_it_is_told_once_after_the_restart():  # (8)
    [meter] = town(1)
    balances(meter, 84, before=150)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE metering_change IN SHARE MODE")  # reading and claiming go on; the last step, the delete, waits
        with other_process("from bijoli.alerts import watch; watch.drain()"):
            wait_until(is_blocked)
    wait_until(lambda: not is_blocked())
    assert (Change.objects.count(), Episode.objects.count(), Delivery.objects.count()) == (1, 0, 0)
    wait_until(lambda: watch.drain() == 1)
    assert (Stage.objects.count(), Notification.objects.count(), Delivery.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("command", ["watch", "tick"])
def test_the_commands_end_cleanly_on_sigterm(command):
    with other_process(f"from django.core.management import call_command; call_command({command!r})") as process:
        assert process.stdout.readline() == f"{command}: ready\n"
        process.terminate()
        assert process.wait(15) == 0


def test_a_restart_in_the_middle_of_an_overload_is_still_one_o1():  # (8)
    [meter] = town(1)
    state(meter)
    change(meter, load_w=5200)
    watch.drain()
    connection.close()
    change(meter, load_w=5300)
    watch.drain()
    assert stages(meter) == ["O1"]


def test_watch_wakes_at_once_and_stops_when_told():
    [meter] = town(1)
    stop = threading.Event()

    def work():
        watch.run(stop)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    for value, expected in ((84, 1), (40, 2)):
        with transaction.atomic(), connection.cursor() as cursor:
            balances(meter, value)
            cursor.execute("SELECT pg_notify('bijoli_change', '')")
        wait_until(lambda expected=expected: Stage.objects.count() == expected)
    stop.set()
    worker.join(5)
    assert not worker.is_alive()
    assert stages(meter) == ["L1", "L2"]
