"""The processes of the payment run, and who kills them: the site, two that settle, the gateways, the head-end, and PostgreSQL."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any

from bench.crashkeeper import GUNICORN, Database, Service, until
from tests.processes import answers, free_port

ROUND = (
    ["web worker"] * 5 + ["web"] * 3 + ["settle 1"] * 5 + ["settle 2"] * 5 + ["gateways"] * 4 + ["head-end"] * 4
    + ["one backend"] * 3 + ["PostgreSQL"] * 3 + ["all at once"] * 2
)  # fmt: skip
PAUSE_S = (3.0, 9.0)
CHANCES = {  # of the gateways, at each occasion
    "http_500": 0.03,
    "garbage": 0.01,
    "cut": 0.02,
    "lost_answer": 0.02,
    "lost_return": 0.10,
    "return_tampered": 0.02,
    "no_notice": 0.15,
    "duplicate_notice": 0.15,
    "notice_delayed": 0.10,
    "notice_first": 0.10,
    "notice_forged": 0.02,
    "amount_tampered": 0.03,
    "risk": 0.01,
    "wrong_currency": 0.005,
    "wrong_order": 0.005,
    "paid_twice": 0.02,
    "execute_timeout": 0.02,
    "insufficient_balance": 0.02,
    "still_initiated": 0.02,
    "duplicate_callback": 0.10,
}
HEADEND_CHANCES = {
    "timeout_before": 0.02,
    "timeout_after": 0.03,
    "error_before": 0.02,
    "error_after": 0.03,
    "garbage": 0.01,
    "slow": 0.02,
    "late": 0.05,
}


class House:
    """Everything that runs. `environment` is what every process of ours gets."""

    def __init__(self, folder: Path, chance: random.Random, running: ExitStack) -> None:
        from bijoli.config.postgres import Cluster

        self.chance, self.killed = chance, Counter[str]()
        self.web, self.gateways, self.headend = free_port(), free_port(), free_port()
        os.environ |= self._environment(folder)
        self.database = Database(Cluster().start, folder / "postgres")
        running.callback(self.database.end)
        commands: dict[str, tuple[str, ...]] = {
            "gateways": ("manage.py", "paygates", "--port", str(self.gateways), "--folder", str(folder / "paygates")),
            "head-end": ("manage.py", "vending", "--port", str(self.headend), "--folder", str(folder / "vending")),
            "web": (*GUNICORN, "--bind", f"127.0.0.1:{self.web}"),
            "settle 1": ("manage.py", "settle"),
            "settle 2": ("manage.py", "settle"),
        }
        self.services = {name: Service(name, folder / f"{name.replace(' ', '-')}.log", *command) for name, command in commands.items()}
        for service in self.services.values():
            running.callback(service.end)

    def _environment(self, folder: Path) -> dict[str, str]:
        from bijoli.simulator.paygates.server import environment
        from bijoli.simulator.vending.listen import environment as headend_environment

        site = {"BIJOLI_SITE": f"http://127.0.0.1:{self.web}", "BIJOLI_LOG_LEVEL": "ERROR", "BIJOLI_SMS": "console"}
        gateways = environment(f"http://127.0.0.1:{self.gateways}", folder / "paygates")
        return site | gateways | headend_environment(f"http://127.0.0.1:{self.headend}", folder / "vending")

    def wait(self) -> None:
        """Until all of them answer."""
        for port in (self.web, self.gateways, self.headend):
            until("a process answers", lambda port=port: answers(port), 60)

    def misbehave(self, seed: int) -> None:
        """From now on things go wrong by chance. A process that was killed has forgotten it: asked again after each kill."""
        import httpx

        ways = {self.gateways: {"chances": CHANCES}, self.headend: {"chances": HEADEND_CHANCES}}
        for port, given in ways.items():
            httpx.post(f"http://127.0.0.1:{port}/_chances", json={"seed": seed, **given}, timeout=10).raise_for_status()

    def behave(self) -> None:
        import httpx

        for port in (self.gateways, self.headend):
            httpx.post(f"http://127.0.0.1:{port}/_chances", json={"seed": 0, "chances": {}}, timeout=10).raise_for_status()

    def kill_until(self, done: Event, pause: tuple[float, float] = PAUSE_S) -> None:
        """Kills one after another until it is done."""
        import httpx

        order: list[str] = []
        while not done.wait(self.chance.uniform(*pause)):
            order = order or self.chance.sample(ROUND, len(ROUND))
            name = order.pop()
            if self._do(name):
                self.killed[name] += 1
                print(f"{self.killed.total():3d}  kill -9 {name}", flush=True)
            for _ in range(200):
                try:
                    self.misbehave(self.chance.randrange(10**6))
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)

    def _do(self, name: str) -> bool:
        works: dict[str, Any] = {
            "web worker": lambda: self.services["web"].kill_worker(self.chance),
            "PostgreSQL": self.database.kill_all,
            "one backend": lambda: self.database.kill_backend(self.chance),
            "all at once": self._all,
        }
        return bool(works[name]() if name in works else self.services[name].kill())

    def _all(self) -> bool:
        for service in self.services.values():
            service.kill_group()
        return self.database.kill_all()
