"""How soon the staff's pages are there in a town of 1.3 million customers with three months behind it: every page, by HTTP.

gunicorn as in production; a colleague of the head office and one of a single division, both inside with two factors and the extended view
open, who ask one thing after the other. The pages come from the site's own addresses (staffwalk.py), lists with each of their filters and
their last pages. Each list is asked once uncounted; what stands behind a key is another row each time.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import cluster, fleet, stafftown, staffwalk

if TYPE_CHECKING:
    from bench.staffdoor import Desk

HOMES = 1_300_000
FIRST_PHONE = 1_300_000_000  # 01300-000000
REPEATS = 10
SHOWN = 12  # of the slowest pages
HEAD, OFFICE = "+8801999000001", "+8801999000002"


def measure() -> dict[str, float]:
    """Keys: staff.page_p95_ms (all requests), staff.page_worst_ms (the slowest page's p95), staff.pages, staff.file_worst_ms,
    staff.search_p95_ms.
    """
    os.environ["BIJOLI_SMS"] = "console"
    cluster.start()
    from django.conf import settings

    divisions = [one.division for one in settings.UTILITY.offices]
    began = time.perf_counter()
    fleet.grow(0, HOMES, divisions, FIRST_PHONE)
    stafftown.fill(int(time.time()) - 600, int(time.time()) // 86_400, divisions)
    print(f"{HOMES:,} homes are there after {time.perf_counter() - began:.0f} s", flush=True)
    _night()
    return measured(divisions[0])


def _night() -> None:
    """What the timer has done by then with three months of ledger and looks."""
    from django.utils import timezone

    from bijoli.insight import audit
    from bijoli.payments import daysums

    while not daysums.add_up(timezone.now()):
        pass
    audit.fold(timezone.now())


def measured(division: str) -> dict[str, float]:
    """The figures of the town that is there."""
    from django.core.management import call_command

    from tools.messages import compile_catalogue

    compile_catalogue()
    call_command("collectstatic", verbosity=0, interactive=False)
    from bench.staffdoor import Desk
    from tests.processes import Process

    timer = [sys.executable, "-m", "bench.staff", "timer"]
    with Process("timer", timer), _site() as (port, web):
        desks = {"": Desk(port, web, HEAD, []), division: Desk(port, web, OFFICE, [division])}
        pages: dict[str, list[float]] = defaultdict(list)
        files: dict[str, list[float]] = defaultdict(list)
        for place, desk in desks.items():
            _walk(desk, place, pages, files)
        figures = _told(pages, files)
        searches = [one for place, desk in desks.items() for one in _searches(desk, place)]
    print(f"search: {len(searches)} asked, p50 {_at(searches, 50):.0f} ms, p95 {_at(searches, 95):.0f} ms, worst {max(searches):.0f} ms")
    return figures | {"staff.search_p95_ms": _at(searches, 95)}


@contextmanager
def _site() -> Iterator[tuple[int, object]]:
    from tests.processes import Process, answers, free_port

    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:bijoli.config.gunicorn", "--bind", f"127.0.0.1:{port}", "bijoli.config.wsgi"]
    with Process("web", command, {"PYTHONUNBUFFERED": "1"}) as web:
        web.wait_for(lambda: answers(port))
        yield port, web


def _walk(desk: Desk, division: str, pages: dict[str, list[float]], files: dict[str, list[float]]) -> None:
    from bijoli.staff.scope import Scope

    place = division or "head office"
    for route in staffwalk.routes(Scope(not division, (division,) if division else ())):
        kept = files if route.file else pages
        is_list = route.name.endswith(("_changelist", "index", "find"))
        for path in _with_filters(desk, route.paths[0]) if is_list else route.paths:
            name = f"{route.name} {path.partition('?')[2]} ({place})" if is_list else f"{route.name} ({place})"
            kept[name] += _asked(desk, path, REPEATS + 1 if is_list else 1)[1 if is_list else 0 :]
    _previews(desk, division, pages)


def _with_filters(desk: Desk, path: str) -> Iterator[str]:
    """The list, its last page, and the same with each filter."""
    for query in dict.fromkeys(("", *staffwalk.filters(desk.text(path)))):
        yield path + query
        joined = path + (f"{query}&" if query not in ("", "?") else "?")
        last = next((page for page in staffwalk.PAGES if desk.get(f"{joined}p={page}").status == 200), 0)
        if last and path.rstrip("/").count("/") > 2:
            yield f"{joined}p={last}"


def _asked(desk: Desk, path: str, times: int) -> list[float]:
    """Milliseconds of each answer that is a page; none for an address that only takes what is posted, or leads elsewhere."""
    found = []
    for _ in range(times):
        answer = desk.get(path)
        if answer.status in (302, 403, 405):
            return []
        if answer.status != 200:
            print(f"{path} answered {answer.status}", flush=True)
            raise RuntimeError("a page of the staff's failed")
        found.append(answer.ms)
    return found


def _previews(desk: Desk, division: str, pages: dict[str, list[float]]) -> None:
    """What a notice would reach, counted before it is proposed: a feeder, a division."""
    words = {"kind": "notice", "title_bn": "কাজ", "title_en": "Works", "body_bn": "কাজ হবে", "body_en": "Works are done", "look": "1"}
    for name, fields in {"division": {"divisions": division or "Tongi East"}, "feeder": {"feeders": "F-0"}}.items():
        for _ in range(REPEATS):
            answer = desk.post("/staff/notices/notice/propose/", words | fields)
            assert answer.status == 200, answer
            pages[f"notice preview of a {name} ({division or 'head office'})"].append(answer.ms)


def _searches(desk: Desk, division: str) -> Iterator[float]:
    """By account, meter and phone, as people type them; what is there within the scope must be found, and nothing else."""
    for typed, there in _terms(division):
        answer = desk.post("/staff/find/", {"number": typed})
        expected = 302 if there else 200
        assert answer.status == expected, f"a search that should {'find' if there else 'miss'} answered {answer.status}"
        yield answer.ms
        if typed[:1].isdigit():
            answer = desk.post("/staff/payments/order/find/", {"number": typed})
            assert answer.status in (200, 302), answer
            yield answer.ms


def _terms(division: str) -> Iterator[tuple[str, bool]]:
    from bijoli.core.bangla import digits

    step = HOMES // 40
    from bijoli.metering.models import UsagePoint

    mine = UsagePoint.objects.filter(division=division) if division else UsagePoint.objects.all()
    for start in range(0, HOMES - step, step):
        found = (
            mine.filter(account__number__gte=f"{start:08d}").order_by("account__number").values_list("account__number", flat=True).first()
        )
        home = int(found or 0)
        account, meter, phone = f"{home:08d}", f"{fleet.FIRST + home:012d}", f"{FIRST_PHONE + home:010d}"
        yield from ((one, True) for one in (account, digits(account, "bn"), meter, digits(meter, "bn")))
        yield from ((one, True) for one in (f"+880{phone}", f"0{phone}", f"880{phone}", digits(f"0{phone[:4]}-{phone[4:]}", "bn")))
        yield from ((one, False) for one in (account[:5], meter[:9], f"0{phone[:7]}", f"9{account[1:]}", "01999-999999", "' OR 1=1 --"))


def _told(pages: dict[str, list[float]], files: dict[str, list[float]]) -> dict[str, float]:
    asked = {name: times for name, times in pages.items() if times}
    silent = sorted({name for name, times in pages.items() if not times})
    print(f"no page of their own, only what is posted or led elsewhere: {len(silent)}: {', '.join(silent)}")
    ranks = sorted(((_at(times, 95), name) for name, times in asked.items()), reverse=True)
    for ms, name in ranks[:SHOWN]:
        print(f"{ms:8.0f} ms p95, {_at(asked[name], 50):6.0f} p50  {name}")
    every = [ms for times in asked.values() for ms in times]
    print(f"{len(asked)} pages, {len(every):,} asked: p50 {_at(every, 50):.0f} ms, p95 {_at(every, 95):.0f} ms, worst {max(every):.0f} ms")
    kept = {name: max(times) for name, times in files.items() if times}
    print("files: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in sorted(kept.items(), key=lambda pair: -pair[1])[:6]))
    print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
    return {
        "staff.page_p95_ms": _at(every, 95),
        "staff.page_worst_ms": ranks[0][0],
        "staff.pages": len(asked),
        "staff.file_worst_ms": max(kept.values(), default=0.0),
    }


def _at(times: list[float], part: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[part - 1] if len(times) > 1 else times[0]


def _timer() -> None:
    """`tick`, but for its other chores: learning 1.3 million homes is the night's work."""
    import django

    django.setup()
    from django.utils import timezone

    from bijoli.metering import upkeep

    while True:
        upkeep.run(timezone.now(), only="reports")
        time.sleep(2)


if __name__ == "__main__":
    if sys.argv[1:] == ["timer"]:
        _timer()
    print(json.dumps(measure(), indent=2))
