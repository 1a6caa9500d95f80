"""What Lighthouse says of the phone pages, and how soon a kept page stands without network.

Bijoli runs as in earnest, on free ports; one person has a month behind them and a low balance. Chromium is signed in; Lighthouse clears
caches and workers before each run, keeps the cookies, and simulates its slow phone. Median of three runs; a figure is the worst page's.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import cluster
from bench.peers import node

PAGES = {"home": "/", "notifications": "/n/", "settings": "/settings/"}
CATEGORIES = {"performance": "performance", "accessibility": "accessibility", "best-practices": "best_practices"}
ROUNDS = 3
OPENS = 15
LONGEST_S = 180
PAINTED = "performance.getEntriesByName('first-contentful-paint')"


def measure() -> dict[str, float]:
    """`lighthouse.*` 0 to 100; `page.home_bytes` a cold Home on the wire; `page.offline_open_ms` median until a kept Home stands."""
    cluster.start()
    from django.core.management import call_command

    from tests.phone.house import House
    from tools.messages import compile_catalogue

    compile_catalogue()
    call_command("collectstatic", verbosity=0, interactive=False)
    with tempfile.TemporaryDirectory() as folder, House(Path(folder)) as house:
        session = _session(house)
        figures = _judged(house.url, session, Path(folder))
        return figures | _opened(house.url, session)


def _session(house: Any) -> str:
    """Somebody with a life behind them; the key of a session of theirs."""
    from django.test import Client

    from bijoli.customers.models import Customer

    person = house.person()
    house.month(person.homes[0])
    house.reading(person.homes[0], balance=84.5, register_kwh=870, load_kw=1.1)
    house.reading(person.homes[1], balance=640.25, load_kw=0.4)
    house.wait_for(person, "L1", "made_at")
    client = Client()
    client.force_login(Customer.objects.get(phone=f"+88{person.phone}"))
    return str(client.cookies["sessionid"].value)


def _judged(url: str, session: str, folder: Path) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in CATEGORIES.values()}
    with _browser(url, session, folder / "chromium") as port:
        for name, path in PAGES.items():
            runs = [_run(url + path, port, folder / "report.json") for _ in range(ROUNDS)]
            scores = {of: 100 * statistics.median(run["categories"][key]["score"] for run in runs) for key, of in CATEGORIES.items()}
            print(f"lighthouse {name}: " + ", ".join(f"{of} {score:.0f}" for of, score in scores.items()), *sorted(_lost(runs)))
            for of, score in scores.items():
                found[of].append(score)
    return {f"lighthouse.{of}": min(scores) for of, scores in found.items()}


def _run(address: str, port: int, report: Path) -> dict[str, Any]:
    home = node.ensure("lighthouse")
    command = [str(node.node()), "node_modules/lighthouse/cli/index.js", address, "--quiet", f"--port={port}"]
    command += ["--output=json", f"--output-path={report}", "--disable-full-page-screenshot"]
    command.append(f"--only-categories={','.join(CATEGORIES)}")
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=LONGEST_S, env={**os.environ, "CI": "1"})
    if done.returncode:
        raise RuntimeError(f"lighthouse {address}: {done.stderr[-1000:]}")
    told: dict[str, Any] = json.loads(report.read_text())
    if told["finalDisplayedUrl"] != address:
        raise RuntimeError(f"lighthouse was led from {address} to {told['finalDisplayedUrl']}")
    return told


def _lost(runs: list[dict[str, Any]]) -> set[str]:
    """What cost points."""
    marks = {ref["id"] for run in runs for part in run["categories"].values() for ref in part["auditRefs"] if ref["weight"]}
    return {name for run in runs for name in marks if (score := run["audits"][name]["score"]) is not None and score < 0.9}


@contextmanager
def _browser(url: str, session: str, profile: Path) -> Iterator[int]:
    """Chromium, signed in, with a port for Lighthouse."""
    from playwright.sync_api import sync_playwright

    from tests.phone.chromium import QUIET, find_chromium
    from tests.processes import free_port

    port = free_port()
    with sync_playwright() as playwright:
        arguments = [*QUIET, f"--remote-debugging-port={port}"]
        context = playwright.chromium.launch_persistent_context(str(profile), executable_path=find_chromium(), args=arguments)
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        yield port
        context.close()


def _opened(url: str, session: str) -> dict[str, float]:
    """Home's bytes with nothing kept; then, the network gone, how long until the kept one stands there (worker start included)."""
    from tests.phone.chromium import Wire, chromium, phone, poll

    with chromium() as browser:
        context = phone(browser, url)
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page = context.new_page()
        wire = Wire(page)
        page.goto("/", wait_until="networkidle")
        cold = wire.total()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        poll(page, "caches.open('pages').then(cache => cache.match('/')).then(Boolean)")
        context.set_offline(True)
        times = []
        for _ in range(OPENS):
            page.goto("about:blank")
            page.goto("/")
            assert page.locator("#offline").is_visible()
            poll(page, f"{PAINTED}.length > 0")
            times.append(float(page.evaluate(f"{PAINTED}[0].startTime")))
        context.close()
    print(f"Home cold {cold} bytes; kept Home without network: {statistics.median(times):.0f} ms (worst {max(times):.0f})")
    return {"page.home_bytes": cold, "page.offline_open_ms": statistics.median(times)}
