"""The customers of the payment run: each has a prepaid meter and a phone that is signed in, pays through the site as a browser does,
and presses again where no answer comes."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

CHOICES = (("pay", 88), ("fail", 4), ("cancel", 5), ("walk away", 3))
BUTTONS = {
    "sslcommerz": {"pay": "pay", "fail": "fail", "cancel": "cancel"},
    "bkash": {"pay": "success", "fail": "failure", "cancel": "cancel"},
    "nagad": {"pay": "pay", "fail": "fail", "cancel": "abort"},
}
PATIENCE_S = 90
TRIES = 8


class Forms(HTMLParser):
    """The forms of a page: address, method, fields with their values."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), given.get("method", "get").lower(), {}))
        elif tag == "input" and self.found and given.get("name"):
            self.found[-1][2][given["name"]] = given.get("value", "")


def people(count: int) -> list[tuple[str, str, str]]:
    """Makes them; returns each one's session key, account (public id) and meter number."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from bijoli.customers.models import Access, Account, Customer
    from bijoli.customers.sessionstore import SessionStore
    from bijoli.metering.models import Installation, Meter, UsagePoint

    ago = datetime.now(UTC) - timedelta(days=100)
    accounts = Account.objects.bulk_create(Account(number=f"{30_000_000 + n}") for n in range(count))
    points = UsagePoint.objects.bulk_create(
        UsagePoint(
            account=one, division="Uttara", feeder=f"F{n // 500}", sanctioned_load_w=1000 * (1 + n % 8), phases=3 if n % 9 == 0 else 1
        )
        for n, one in enumerate(accounts)
    )
    meters = Meter.objects.bulk_create(Meter(number=f"{66_020_000_000 + n:012d}") for n in range(count))
    Installation.objects.bulk_create(
        Installation(meter=meter, usage_point=point, installed_at=ago) for meter, point in zip(meters, points, strict=True)
    )
    made = Customer.objects.bulk_create(Customer(phone=f"+88017{n:08d}", language="en") for n in range(count))
    Access.objects.bulk_create(Access(customer=one, account=account, since=ago) for one, account in zip(made, accounts, strict=True))
    found = []
    for one, account, meter in zip(made, accounts, meters, strict=True):
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(one.pk), settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = one.get_session_auth_hash()
        session.create()
        found.append((str(session.session_key), str(account.public_id), meter.number))
    return found


class Shopper:
    """Pays, one payment after another, each for another home. `returned` is when each order's browser came back."""

    def __init__(self, web: int, gateways: int, homes: list[tuple[str, str, str]], seed: int) -> None:
        self.web, self.gateways, self.homes = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{gateways}", homes
        self.chance = random.Random(seed)
        self.done = Counter[str]()
        self.returned: dict[str, float] = {}
        self._http = httpx.Client(timeout=20, trust_env=False)

    def pay(self, *, calm: bool = False) -> None:
        """One payment, through whatever happens: who is told that a gateway does not answer tries again, perhaps another one."""
        for _ in range(TRIES):
            choice = self._once(calm=calm)
            self.done[choice] += 1
            if choice != "refused":
                return

    def _once(self, *, calm: bool) -> str:
        """One order. Returns what the customer chose, "refused" where the site took no order, "gave up" where nothing answered."""
        session, account, _meter = self.chance.choice(self.homes)
        gateway = self.chance.choice(("sslcommerz", "bkash", "nagad"))
        choice = "pay" if calm else self.chance.choices([one for one, _ in CHOICES], [weight for _, weight in CHOICES])[0]
        self._http.cookies.clear()
        self._http.cookies.set("sessionid", session)
        try:
            gone = self._order(account, gateway)
            if gone and choice != "walk away":
                self._choose(gateway, gone, choice)
        except TimeoutError:
            return "gave up"
        return choice if gone else "refused"

    def _order(self, account: str, gateway: str) -> str:
        """Chooses an amount, sees the quote, presses pay. Returns where the browser was sent; empty where the site said no."""
        amount = self.chance.choice((500, 700, 1000, 1500.5, 2000, 3333.33))
        page = self._until(lambda: self._http.get(f"{self.web}/recharge/{account}/quote/", params={"amount": str(amount)}), {200, 503})
        form = next((one for one in Forms(page.text).found if "key" in one[2]), None)
        if form is None:
            return ""
        data = {**form[2], "gateway": gateway}
        at = httpx.URL(str(page.url)).join(form[0])
        answer = self._until(
            lambda: self._http.post(at, data=data, headers={"Referer": str(page.url)}), {303, 302, 200, 409, 422, 429, 503}
        )
        if answer.status_code not in (302, 303):
            return ""
        page = self._until(lambda: self._http.get(httpx.URL(str(page.url)).join(answer.headers["Location"])), {200, 302})
        way = re.search(r'href="([^"]+)" rel="noreferrer"', page.text)
        return unescape(way[1]) if way else ""

    def _choose(self, gateway: str, gone: str, choice: str) -> None:
        """Presses a button on the gateway's page and goes back as the browser is sent."""
        ref = urlsplit(gone).path.rpartition("/")[2]
        asked = {"gateway": gateway, "ref": ref, "choice": BUTTONS[gateway][choice]}
        told = self._until(lambda: self._http.post(f"{self.gateways}/_pay", json=asked), {200, 400, 404, 409})
        if told.status_code != 200 or (way := told.json())["lost"]:
            return
        fields = way["fields"]
        self._http.cookies.clear()  # a cross-site POST brings none
        send = (lambda: self._http.get(way["url"])) if fields is None else (lambda: self._http.post(way["url"], data=fields))
        self.returned[_order_id(way["url"])] = time.time()
        self._until(send, {303, 404})

    def _until(self, ask: Callable[[], httpx.Response], wanted: set[int]) -> httpx.Response:
        """Asks until one of the wanted answers comes: a person presses again. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                answer = ask()
                if answer.status_code in wanted:
                    return answer
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise TimeoutError


def _order_id(url: str) -> str:
    """The order's public id in the address of the way back."""
    parts = urlsplit(url).path.strip("/").split("/")
    return parts[1] if len(parts) > 1 else str(parse_qs(urlsplit(url).query))


def meter_rows(homes: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """What the head-end is taught of their meters: some have months of charges due, some take tokens."""
    today = datetime.now(UTC)
    months = (today.year - 1970) * 12 + today.month - 1
    return [
        {
            "number": number,
            "tariff": "LT-A",
            "charged": months - n % 3,
            "sanctioned_w": 1000 * (1 + n % 8),
            "phases": 3 if n % 9 == 0 else 1,
            "tokens": (0, 0, 0, 1, 18)[n % 5] if n % 10 == 3 else 0,
        }
        for n, (_, _, number) in enumerate(homes)
    ]
