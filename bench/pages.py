"""How soon a page is made with 1.3 million households in the database: gunicorn as in production, 100 requests a second, other people each.

Everybody has a meter with a balance, one notification and 400 days of use. The asking process shares the two cores. Times are those of
the client: connection kept, the whole answer read, from the moment at which it was due. First all people once, uncounted: caches as on any
working day.
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

from bench import cluster, fleet, years

HOUSEHOLDS = 1_300_000
PEOPLE = 400
DAYS = 400
PAGES = {"home": "/", "notifications": "/n/", "unread": "/unread"}
USAGE = {
    "days": "/usage/{account}/",
    "taka": "/usage/{account}/?month={month}&show=taka",
    "months": "/usage/{account}/months/",
    "load": "/usage/{account}/load/",
    "recharges": "/usage/{account}/recharges/",
}
A_SECOND = 100
SECONDS = 12
LANES = 8
FILL = (
    """UPDATE metering_meterstate SET last_at = %(at)s, received_at = now(), load_w = meter_id::bigint * 104729 %% 4000, load_at = %(at)s,
 relay = 1, day = %(day)s, register_wh = (%(registers)s::bigint[])[meter_id %% 64 + 1] + 3000, register_at = %(at)s,
 balance_paisa = (%(balances)s::bigint[])[meter_id %% 64 + 1] - 2100, balance_at = %(at)s,
 day_first_wh = (%(registers)s::bigint[])[meter_id %% 64 + 1], day_first_wh_at = %(at)s - 3600,
 day_first_paisa = (%(balances)s::bigint[])[meter_id %% 64 + 1], day_first_paisa_at = %(at)s - 3600,
 day_max_w = 2500, day_max_at = %(at)s""",
    "UPDATE metering_installation SET installed_at = now() - interval '800 days'",
    """INSERT INTO delivery_notification
 (public_id, customer_id, account_id, meter_id, kind, code, severity, at, received_at, facts, made_at)
 SELECT gen_random_uuid(), a.customer_id, a.account_id, i.meter_id, 'low', 'L1', 1, now(), now(), '{"balance_paisa": 8450}', now()
 FROM customers_access a JOIN metering_usagepoint p ON p.account_id = a.account_id
 JOIN metering_installation i ON i.usage_point_id = p.id""",
    """INSERT INTO metering_credit (meter_id, at, received_at, "order", credited_paisa, gross_paisa, charges, channel, tokens)
 SELECT m, now() - n * interval '15 days', now(), 'o' || n, 42000, 50000, '[]', 'bKash', '[]'
 FROM unnest(%(meters)s::int[]) m, generate_series(1, 24) n""",
    "VACUUM ANALYZE metering_meterstate, metering_installation, metering_credit, delivery_notification",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: the key of their session, the id of their account."""

    session: str
    account: str


def measure() -> dict[str, float]:
    """`page.<name>_p50_ms`, `_p95_ms` and `_html_bytes` for each page; `usage.page_…`: the slowest and the largest of the usage views."""
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
            p50, p95, size = _measured(port, name, path, people)
            figures |= {f"page.{name}_p50_ms": p50, f"page.{name}_p95_ms": p95, f"page.{name}_html_bytes": size}
        views = [_measured(port, name, path, people) for name, path in USAGE.items()]
    worst = {"p50_ms": max(view[0] for view in views), "p95_ms": max(view[1] for view in views), "bytes": max(view[2] for view in views)}
    return figures | {f"usage.page_{name}": value for name, value in worst.items()}


def _measured(port: int, name: str, path: str, people: list[Person]) -> tuple[float, float, int]:
    """Milliseconds at the 50th and 95th of 100, and the largest answer in bytes on the wire."""
    found = _asked(port, path, people)
    times, size = [time for time, _ in found], max(size for _, size in found)
    p50, p95 = (statistics.quantiles(times, n=100)[n] for n in (49, 94))
    said = f"p50 {p50:5.1f} ms, p95 {p95:5.1f} ms, worst {max(times):5.1f} ms, {size:,} bytes"
    print(f"{name:14s} {said}; {len(times)} asked, {A_SECOND} a second", flush=True)
    return p50, p95, size


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
    last = years.fill(HOUSEHOLDS, day, DAYS)
    values = {"at": at, "day": day, "meters": meters, "registers": [wh for wh, _ in last.values()]}
    values["balances"] = [paisa for _, paisa in last.values()]
    with connection.cursor() as cursor:
        for sql in FILL:
            cursor.execute(sql, values if "%(" in sql else None)
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
    served = ["-c", "python:bijoli.config.gunicorn", "bijoli.config.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", *served]
    with Process("web", command, {**os.environ, "BIJOLI_LOG_LEVEL": "WARNING"}) as web:
        web.wait_for(lambda: answers(port))
        yield port


def _asked(port: int, path: str, people: list[Person]) -> list[tuple[float, int]]:
    """Milliseconds and bytes of each answer; each at its own moment, late or not, so that a slow one does not spare the next."""
    with ThreadPoolExecutor(LANES) as lanes:
        warm = [lanes.submit(_lane, port, path, people[n::LANES], 0.0) for n in range(LANES)]
        for one in warm:
            one.result()
        many = (people * (A_SECOND * SECONDS // len(people) + 1))[: A_SECOND * SECONDS]
        running = [lanes.submit(_lane, port, path, many[n::LANES], LANES / A_SECOND, n / A_SECOND) for n in range(LANES)]
        return [answer for one in running for answer in one.result()]


def _lane(port: int, path: str, people: list[Person], every: float, offset: float = 0.0) -> list[tuple[float, int]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times, begun = [], time.perf_counter() + offset
    for n, person in enumerate(people):
        due = begun + n * every
        time.sleep(max(0.0, due - time.perf_counter()))
        asked = time.perf_counter()
        connection.request(
            "GET",
            path.format(account=person.account, month=time.strftime("%Y-%m")),
            headers={"Cookie": f"sessionid={person.session}", "Accept-Encoding": "gzip"},
        )
        answer = connection.getresponse()
        size = len(answer.read())
        times.append(((time.perf_counter() - (due if every else asked)) * 1000, size))
        if answer.status != 200 or not size:
            raise RuntimeError(f"{path} answered {answer.status}")
    connection.close()
    return times
