"""A member of the staff with a browser: signed in by code, second factor proved, the extended view open. Kept connection, times in ms."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.processes import Process
from tests.site import Browser

RENEW_S = 600  # the extended view holds a quarter of an hour
IDLE_S = 1.0
HEADERS = {"Accept-Encoding": "gzip", "Accept-Language": "bn"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`ms` until the whole answer was read."""

    status: int
    ms: float
    location: str


class Desk:
    """One colleague. `divisions` empty: the head office."""

    def __init__(self, port: int, web: Process, phone: str, divisions: list[str]) -> None:
        from allauth.mfa.totp.internal.auth import hotp_value
        from django.utils import timezone

        from bijoli.customers.models import Customer
        from bijoli.staff import factor, people
        from bijoli.staff.roles import ROLES

        people.add(phone, list(ROLES), divisions, timezone.now(), "Colleague")
        secret = factor.new_secret()
        factor.keep_secret(Customer.objects.get(phone=phone), secret)
        self.port, self.browser = port, Browser(f"http://127.0.0.1:{port}")
        self.browser.sign_in(phone, web)
        answer = self.browser.form("/staff/prove/", code=f"{hotp_value(secret, int(time.time()) // 30):06}")
        assert answer.status == 302, answer.text
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token, self._opened, self._used = "", -RENEW_S, 0.0
        self.open()

    def open(self) -> None:
        """The extended view, anew where it ends soon."""
        if time.monotonic() - self._opened >= RENEW_S:
            assert self.browser.form("/staff/elevate/", reason="a complaint about the balance").status == 302
            self._opened = time.monotonic()

    def get(self, path: str) -> Answer:
        self.open()
        return self._asked("GET", path)[0]

    def text(self, path: str) -> str:
        """The page itself, not timed."""
        self.open()
        return self.browser.get(path).text

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """A form's answer; the form itself was fetched once."""
        if not self.token:
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.text("/staff/find/"))
            assert found
            self.token = found.group(1)
        body = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        return self._asked("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})[0]

    def _asked(self, method: str, path: str, body: bytes | None = None, more: dict[str, str] | None = None) -> tuple[Answer, bytes]:
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.browser.cookies)
        if time.monotonic() - self._used > IDLE_S:  # the server may have hung up meanwhile
            self.connection.close()
            self.connection.connect()
        began = time.perf_counter()
        self.connection.request(method, path, body, {**HEADERS, "Cookie": cookies, **(more or {})})
        answer = self.connection.getresponse()
        content = answer.read()
        ms, self._used = (time.perf_counter() - began) * 1000, time.monotonic()
        return Answer(answer.status, ms, answer.headers.get("Location", "")), content
