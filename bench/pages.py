"""How soon a page is made with 1.3 million households in the database: gunicorn as in production, 100 requests a second, other people each.

Everybody has a meter with a balance and one notification; 60 days of use for the people who are asked for. The asking process shares the
two cores. Times are those of the client: connection kept, the whole answer read, from the moment at which it was due. First all people
once, uncounted: caches as on any working day.
"""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from bench import cluster, fleet

HOUSEHOLDS = 1_300_000
PEOPLE = 400
DAYS = 60
PAGES = {"home": "/", "notifications": "/n/", "usage": "/usage/{account}/", "unread": "/unread"}
A_SECOND = 100
SECONDS = 12
LANES = 8
FILL = (
    """UPDATE metering_meterstate SET last_at = %(at)s, received_at = now(), balance_paisa = 5000 + meter_id::bigint * 7919 %% 250000,
 balance_at = %(at)s, register_wh = 20000000 + meter_id, register_at = %(at)s, load_w = meter_id::bigint * 104729 %% 4000,
 load_at = %(at)s, relay = 1, day = %(day)s""",
    """INSERT INTO delivery_notification
 (public_id, customer_id, account_id, meter_id, kind, code, severity, at, received_at, facts, made_at)
 SELECT gen_random_uuid(), a.customer_id, a.account_id, i.meter_id, 'low', 'L1', 1, now(), now(), '{"balance_paisa": 8450}', now()
 FROM customers_access a JOIN metering_usagepoint p ON p.account_id = a.account_id
 JOIN metering_installation i ON i.usage_point_id = p.id""",
    "VACUUM ANALYZE metering_meterstate, delivery_notification",
)
DAYS_OF = """INSERT INTO metering_day (meter_id, day, first_wh, first_wh_at, last_wh, last_wh_at, first_paisa, first_paisa_at, last_paisa,
 last_paisa_at, max_w, max_at, estimated) SELECT m, d, d * 8000, d * 86400, d * 8000 + 7900, d * 86400 + 80000, 90000, d * 86400, 86000,
 d * 86400 + 80000, 3100, d * 86400 + 70000, 0 FROM unnest(%(meters)s::int[]) m, generate_series(%(day)s - %(days)s, %(day)s - 1) d"""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: the key of their session, the id of their account."""

    session: str
    account: str


def measure() -> dict[str, float]:
    """`page.<name>_p50_ms` and `_p95_ms` for each page."""
    cluster.start()
    from django.core.management import call_command

    from tools.messages import compile_catalogue

    compile_catalogue()
    call_command("collectstatic", verbosity=0, interactive=False)
    fleet.grow(0, HOUSEHOLDS)
    people = _filled()
    figures: dict[str, float] = {}
    with _site() as port:
        for name, path in PAGES.items():
            times = _asked(port, path, people)
            p50, p95 = (statistics.quantiles(times, n=100)[n] for n in (49, 94))
            print(f"{name:14s} p50 {p50:5.1f} ms, p95 {p95:5.1f} ms, worst {max(times):5.1f} ms, {len(times)} asked, {A_SECOND} a second")
            figures |= {f"page.{name}_p50_ms": p50, f"page.{name}_p95_ms": p95}
    return figures


def _filled() -> list[Person]:
    """Values for all, days for some; these, spread over the whole fleet."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection
    from django.test import Client

    from bijoli.customers.models import Customer
    from bijoli.metering import localday
    from bijoli.metering.models import Meter

    at = int(time.time()) - 600
    day = localday.day(at)
    step = HOUSEHOLDS // PEOPLE
    meters = list(Meter.objects.filter(number__in=[f"{fleet.FIRST + n * step:012d}" for n in range(PEOPLE)]).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for sql in FILL:
            cursor.execute(sql, {"at": at, "day": day} if "%(" in sql else None)
        cursor.execute(DAYS_OF, {"meters": meters, "day": day, "days": DAYS})
    people = []
    for customer in Customer.objects.filter(phone__in=[f"+880{n * step:010d}" for n in range(PEOPLE)]):
        client = Client()
        client.force_login(customer)
        key = str(client.cookies["sessionid"].value)
        assert SessionStore().exists(key)
        people.append(Person(key, str(customer.access.get().account.public_id)))
    connection.close()
    return people


@contextmanager
def _site() -> Iterator[int]:
    from tests.processes import Process, answers, free_port

    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "bijoli.config.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with Process("web", command, {**os.environ, "BIJOLI_LOG_LEVEL": "WARNING"}) as web:
        web.wait_for(lambda: answers(port))
        yield port


def _asked(port: int, path: str, people: list[Person]) -> list[float]:
    """Milliseconds of each answer; each at its own moment, late or not, so that a slow one does not spare the next."""
    with ThreadPoolExecutor(LANES) as lanes:
        warm = [lanes.submit(_lane, port, path, people[n::LANES], 0.0) for n in range(LANES)]
        for one in warm:
            one.result()
        many = (people * (A_SECOND * SECONDS // len(people) + 1))[: A_SECOND * SECONDS]
        running = [lanes.submit(_lane, port, path, many[n::LANES], LANES / A_SECOND, n / A_SECOND) for n in range(LANES)]
        return [time for one in running for time in one.result()]


def _lane(port: int, path: str, people: list[Person], every: float, offset: float = 0.0) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times, begun = [], time.perf_counter() + offset
    for n, person in enumerate(people):
        due = begun + n * every
        time.sleep(max(0.0, due - time.perf_counter()))
        asked = time.perf_counter()
        connection.request(
            "GET", path.format(account=person.account), headers={"Cookie": f"sessionid={person.session}", "Accept-Encoding": "gzip"}
        )
        answer = connection.getresponse()
        size = len(answer.read())
        times.append((time.perf_counter() - (due if every else asked)) * 1000)
        if answer.status != 200 or not size:
            raise RuntimeError(f"{path} answered {answer.status}")
    connection.close()
    return times
