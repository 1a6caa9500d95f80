"""Bijoli as it runs in earnest, on free ports of this machine: the site and its processes, one database, and around it pretend outsiders:
the push service, the gateways, a head-end, a mail server."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from bijoli.config.postgres import Cluster
from bijoli.core.tariff import energy_cost
from bijoli.simulator.paygates.server import environment as paygates
from bijoli.simulator.vending.listen import environment as headend
from bijoli.tariffs.reads import file_book
from tests.mailpeer import MailPeer
from tests.paygates import Gates
from tests.processes import CHECKOUT, Process, answers, free_port, manage, wait_until

COLUMNS = ("phone", "account", "mode", "division", "feeder", "sanctioned_kw", "phases", "tariff", "meter", "profile", "installed_at")
DAY_S = 86_400
DHAKA = ZoneInfo("Asia/Dhaka")
HOMES = 4  # of each person: one for each kind of alert


@dataclass(frozen=True, slots=True)
class Home:
    """An account and its meter. The sanctioned load is 5 kW."""

    account: str
    meter: str


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in with this number, and sees these homes."""

    phone: str
    homes: tuple[Home, ...]


def _person(n: int) -> Person:
    homes = tuple(Home(f"{20_000_000 + 10 * n + h}", f"{66_010_000_000 + 10 * n + h:012d}") for h in range(HOMES))
    return Person(f"0171000{n:04d}", homes)


def _credit(at: int) -> dict[str, Any]:
    charges = [{"name": "demand", "amount": 84.0}, {"name": "rent", "amount": 40.0}]
    amounts = {"gross": 500.0, "credited": 353.95, "vat": 23.81, "rebate": 1.76, "charges": charges}
    return {"order": f"2026{at}", "channel": "bKash", "tokens": [], **amounts}


PEOPLE = tuple(_person(n) for n in range(1, 101))
_unused = iter(PEOPLE)  # of all houses of a run: a second one on the same database has people of its own


class House:
    """Everything runs from entering to leaving."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web_port, self.push_port, self.pay_port, self.vend_port = (free_port() for _ in range(4))
        self.url, self.push_url = f"http://localhost:{self.web_port}", f"ws://localhost:{self.push_port}/"
        self.gates = Gates(f"http://127.0.0.1:{self.pay_port}", folder / "paygates")  # for a browser another site than ours
        self.env = {
            "BIJOLI_DEMO": "1",
            "BIJOLI_SMS": "console",
            "BIJOLI_PUSH_HOSTS_LOCAL": f"localhost:{self.push_port}",
            "BIJOLI_LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
            "BIJOLI_SITE": self.url,
            **paygates(self.gates.origin, folder / "paygates"),
            **headend(f"http://127.0.0.1:{self.vend_port}", folder / "vending"),
        }
        self._last_at: dict[str, int] = {}
        self._stack = ExitStack()

    def __enter__(self) -> House:
        with ExitStack() as stack:
            self.post = stack.enter_context(MailPeer())
            self.env["BIJOLI_EMAIL"] = self.post.file(self.folder)
            self.command("migrate", "--verbosity=0")
            self.command("load", str(self._register()))
            self.token = self.command("gateway", self.folder.name).split()[-1]
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    # What runs

    def _register(self) -> Path:
        """The file of people and meters, as a utility would give it."""
        path = self.folder / "people.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for person in PEOPLE:
                for home in person.homes:
                    place = ("Uttara West", "F-1", "5", "1", "LT-A", home.meter, "is15959", "2026-01-01")
                    rows.writerow((person.phone, home.account, "prepaid", *place))
        return path

    def _start(self, stack: ExitStack) -> None:
        gunicorn = [
            sys.executable,
            "-m",
            "gunicorn",
            "bijoli.config.wsgi",
            "--bind",
            f"127.0.0.1:{self.web_port}",
            "--threads",
            "8",
            "--no-control-socket",
        ]
        self.web = stack.enter_context(Process("web", gunicorn, self.env))
        self.push = self._pushservice()
        self._workers = [stack.enter_context(manage(name, environment=self.env)) for name in ("watch", "deliver", "tick", "settle")]
        for name, port, more in (("paygates", self.pay_port, ("--host", "127.0.0.1")), ("vending", self.vend_port, ())):
            outside = manage(name, "--port", str(port), "--folder", str(self.folder / name), *more, environment=self.env)
            stack.enter_context(outside).wait_for(lambda port=port: answers(port))
        stack.callback(lambda: self.push.__exit__(None, None, None))
        self.push.__enter__()
        self.web.wait_for(lambda: answers(self.web_port))
        self.push.wait_for(lambda: answers(self.push_port))

    def _pushservice(self) -> Process:
        return manage("pushservice", "--port", str(self.push_port), "--folder", str(self.folder / "pushservice"), environment=self.env)

    @contextmanager
    def without_push_service(self) -> Iterator[None]:
        """The push service is stopped, and started again with the same folder."""
        self.push.__exit__(None, None, None)
        try:
            yield
        finally:
            self.push = self._pushservice()
            self.push.__enter__()
            self.push.wait_for(lambda: answers(self.push_port))

    def command(self, *arguments: str) -> str:
        """A command of manage.py that ends; what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def said(self) -> str:
        """The last words of each process: for a failure."""
        return "\n".join(f"--- {process.name}\n{process.output()[-1500:]}" for process in (self.web, self.push, *self._workers))

    # People

    def person(self) -> Person:
        """Somebody whom no other test uses."""
        return next(_unused)

    def code(self, person: Person) -> str:
        """The sign-in code that was just sent, from the console of the site."""
        line = re.compile(rf"sign-in code for …{person.phone[-4:]}: (\d{{6}})")
        return wait_until("the code on the console", lambda: line.findall(self.web.output()))[-1]

    def forget_limits(self) -> None:
        """One person on two devices within a minute: the limit for codes is not what is tested here."""
        with self._connection() as connection:
            connection.execute("DELETE FROM customers_limit")

    # The meters' door

    def later(self) -> None:
        """Let a second end: a meter's clock has whole seconds, so what it says in a credit's own second is not after it."""
        time.sleep(1 - time.time() % 1)

    def reading(self, home: Home, **values: Any) -> None:
        """A meter reports now: balance in taka, load_kw, relay …"""
        self._post("readings", {"meter": home.meter, "at": self._next_at(home), **values})

    def event(self, home: Home, code: str, profile: str = "is15959", **values: Any) -> None:
        self._post("events", {"meter": home.meter, "at": self._next_at(home), "profile": profile, "code": code, **values})

    def _next_at(self, home: Home) -> int:
        """Now, in whole seconds; of one meter never the same twice."""
        self._last_at[home.meter] = max(self._last_at.get(home.meter, 0) + 1, int(time.time()))
        return self._last_at[home.meter]

    def month(self, home: Home) -> None:
        """Thirty days of an ordinary life, up to an hour ago: use, a falling balance, a recharge each week."""
        first, readings, credits = int(time.time()) - 30 * DAY_S, [], []
        balance = 900.0
        for quarter in range(30 * 8):
            at, evening = first + quarter * DAY_S // 8, quarter % 8 in (4, 5)
            balance -= 5 if evening else 2.5
            if quarter % 56 == 30:
                balance += 353.95
                credits.append({"meter": home.meter, "at": at - 60, "profile": "prepay", "code": "credit", "credit": _credit(at)})
            used = 600 + quarter * 1.1
            load = 2.4 if evening else 0.9
            readings.append({"meter": home.meter, "at": at, "balance": round(balance, 2), "register_kwh": used, "load_kw": load})
        self._post("events", *credits)
        self._post("readings", *readings)

    def charged(self, home: Home, days: int, taken: int) -> None:
        """The last `days` as the tariff charges them, in the first slabs; of the day `taken` days ago 25 taka more, for no reason."""
        today = datetime.now(DHAKA).replace(hour=0, minute=0, second=0, microsecond=0)
        readings, register, began, balance = [], 500_000, 500_000, 900_00
        for back in range(days, 0, -1):
            midnight = today - timedelta(days=back)
            began = register if midnight.day == 1 else began
            for hour, used in ((12, 1_500), (23.75, 2_300)):
                balance -= energy_cost(register - began, used, file_book().at("LT-A", midnight.date()))
                register += used
                balance -= 25_00 if (back, hour) == (taken, 12) else 0
                at = int((midnight + timedelta(hours=hour)).timestamp())
                row = {"meter": home.meter, "at": at, "balance": balance / 100, "register_kwh": register / 1000, "load_kw": 0.4}
                readings.append(row)
        self._post("readings", *readings)

    def _post(self, door: str, *rows: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = Request(f"{self.url}/ingest/{door}", json.dumps(rows).encode(), headers)  # noqa: S310 our own address
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            told = json.load(answer)
        assert told["accepted"] == len(rows), told

    # What became of it

    def told(self, person: Person, code: str) -> dict[str, Any] | None:
        """The newest notification of this code to this person, with its newest delivery; None where there is none."""
        found = self.rows(
            """SELECT n.public_id, n.code, n.read_at, n.superseded_at, n.made_at, n.received_at, d.status, d.reason, d.sent_at,
                      d.displayed_at, d.opened_at
               FROM delivery_notification n JOIN customers_customer c ON c.id = n.customer_id
               LEFT JOIN delivery_delivery d ON d.notification_id = n.id
               WHERE c.phone = %s AND n.code = %s ORDER BY n.id DESC, d.id DESC LIMIT 1""",
            f"+88{person.phone}",
            code,
        )
        return found[0] if found else None

    def wait_for(self, person: Person, code: str, column: str, value: str = "") -> dict[str, Any]:
        """The notification once this column of it (read_at, status …) is set, or is this."""

        def look() -> dict[str, Any] | None:
            told = self.told(person, code)
            return told if told and told[column] is not None and value in ("", told[column]) else None

        try:
            return wait_until(f"{column} {value} of {code}", look)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.told(person, code)}\n{self.said()}") from None

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with self._connection() as connection:
            return connection.execute(sql, values).fetchall()

    def _connection(self) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(Cluster().dsn(), row_factory=dict_row, autocommit=True)

    # The push service's own door for tests

    def push_log(self, after: int = 0) -> list[dict[str, Any]]:
        return list(json.loads(self._push("GET", f"_log?after={after}")))

    def end_subscription(self, endpoint: str) -> None:
        self._push("DELETE", f"_subscriptions/{endpoint.rsplit('/', 1)[1]}")

    def _push(self, method: str, path: str) -> bytes:
        request = Request(f"http://localhost:{self.push_port}/{path}", method=method)
        try:
            with urlopen(request, timeout=20) as answer:  # noqa: S310
                return bytes(answer.read())
        except HTTPError as error:
            with error:
                raise AssertionError(f"{method} {path}: {error.code}") from None
