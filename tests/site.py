"""The site as it is run in earnest, apart from the tests' own database: a data folder and a PostgreSQL of its own, gunicorn, and a browser.

What logs, backups and the HTTPS front are tried with.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from bijoli.config.postgres import Cluster
from tests.households import Keys
from tests.processes import CHECKOUT, Process, answers, free_port, manage

COLUMNS = "account,meter,division,feeder,sanctioned_kw,phone,nickname"


class Site:
    """A cluster with its tables, in a folder of its own; `env` is what each process of it gets."""

    def __init__(self, **env: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bijoli-site-"))
        self.folder.chmod(0o711)  # the database's account must pass through
        self.cluster = Cluster(self.folder / "postgres", fsync=False)
        self.port = free_port()
        self.env = {"BIJOLI_DATA": str(self.folder), "DATABASE_URL": "", "BIJOLI_SMS": "console", "PYTHONUNBUFFERED": "1", **env}

    def __enter__(self) -> Site:
        try:
            self.cluster.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *arguments: str, fails: bool = False) -> str:
        """Runs `manage.py` and returns what it said; with `fails` it must refuse, and both outputs come back."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert bool(done.returncode) == fails, f"{arguments}: {done.stdout[-1500:]}{done.stderr[-3000:]}"
        return done.stdout + done.stderr if fails else done.stdout

    def prepare(self, *rows: str) -> None:
        """Tables, files of the site, and these homes (COLUMNS)."""
        self.command("migrate", "--verbosity=0")
        self.command("collectstatic", "--noinput", "--verbosity=0")
        register = self.folder / "register.csv"
        register.write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
        self.command("load", str(register))

    def process(self, name: str) -> Process:
        return manage(name, environment=self.env)

    def web(self) -> Process:
        settings = ["-c", "python:bijoli.config.gunicorn", "--bind", f"127.0.0.1:{self.port}"]
        return Process("web", [sys.executable, "-m", "gunicorn", *settings, "bijoli.config.wsgi"], self.env)

    def up(self) -> bool:
        return answers(self.port) and Browser(f"http://127.0.0.1:{self.port}").get("/health").status == 200

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.cluster.dsn(), autocommit=True) as connection:
            done = connection.execute(statement, values or None)
            return done.fetchall() if done.description else []


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Browser:
    """Keeps cookies, follows no redirect, verifies certificates with `trust`. `headers` go with every request."""

    def __init__(self, url: str, trust: SSLContext | None = None, **headers: str) -> None:
        self.url, self.cookies, self.headers = url, CookieJar(), {name.replace("_", "-"): value for name, value in headers.items()}
        handlers = [ProxyHandler({}), HTTPCookieProcessor(self.cookies), _Stay(), *([HTTPSHandler(context=trust)] if trust else [])]
        self.opener: OpenerDirector = build_opener(*handlers)

    def get(self, path: str, **headers: str) -> Page:
        return self.send(path, None, **headers)

    def send(self, path: str, body: Any, **headers: str) -> Page:
        """`body`: None is GET; bytes or an iterable of bytes (chunked) are POSTed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.url + path, body, {"Referer": self.url + "/", **self.headers, **named})  # noqa: S310 loopback
        try:
            with self.opener.open(request, timeout=60) as answer:
                return Page(answer.status, answer.headers, answer.read().decode(errors="replace"))
        except HTTPError as error:
            with error:
                return Page(error.code, error.headers, error.read().decode(errors="replace"))

    def form(self, at: str, to: str = "", **fields: str) -> Page:
        """Fills the form of page `at` and sends it (to `to`, where that is another address)."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(at).text)
        assert found, f"no form at {at}"
        return self.send(to or at, urlencode({"csrfmiddlewaretoken": found.group(1), **fields}).encode())

    def sign_in(self, phone: str, web: Process) -> None:
        """By the code that the console channel shows in `web`'s output."""
        assert self.form("/accounts/login/", phone=phone).status == 302
        code = re.findall(rf"sign-in code for …{phone[-4:]}: (\d{{6}})", web.output())[-1]
        assert self.form("/accounts/login/code/", code=code).status == 302

    def subscribe(self, endpoint: str, keys: Keys | None = None) -> Keys:
        """Turns push on, as the app's script does."""
        keys, key = keys or Keys(), self.get("/push/key").json()
        given = {"endpoint": endpoint, "keys": {"p256dh": keys.p256dh, "auth": keys.secret}}
        answer = self.send("/push/subscribe", json.dumps(given).encode(), Content_Type="application/json", X_CSRFToken=key["csrf"])
        assert answer.status == 200, answer.text
        return keys

    def cookie(self, name: str) -> Any:
        return next(cookie for cookie in self.cookies if cookie.name == name)
