"""A person in front of the app with a meter, a gateway and a head-end whose dues the test sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.test import Client

from bijoli.customers.models import Account, Customer
from bijoli.metering.models import Meter
from bijoli.payments.headend.port import Dues, Split
from bijoli.payments.models import Order
from tests.apps.payments.outside import Meters, Paper, outside
from tests.households import meter, person

PARTS = ("gross", "vat", "demand", "rent", "arrears", "rebate", "credited")


@dataclass
class Till:
    """What the test holds in its hands."""

    client: Client
    her: Customer
    home: Meter
    paper: Paper
    meters: Meters
    dues: list[Dues] = field(default_factory=lambda: [Dues(0, 0)])

    @property
    def account(self) -> Account:
        return Account.objects.get(usage_point__installations__meter=self.home)

    @property
    def page(self) -> str:
        return f"/recharge/{self.account.public_id}/"

    def quote(self, amount: str = "500", **more: str) -> Any:
        return self.client.get(f"{self.page}quote/", {"amount": amount, **more})

    def pay(self, amount: str = "500", shown: Any = None, **more: str) -> Any:
        """Presses the gateway's button on the quote that was shown."""
        fields = hidden(shown or self.quote(amount))
        return self.client.post(f"{self.page}quote/", {**fields, "gateway": "paper", **more})

    def paid_page(self, answer: Any) -> Order:
        return Order.objects.get(public_id=re.search(r"/pay/([0-9a-f-]{36})/", answer["Location"])[1])

    def head_end_agrees(self, order: Order) -> None:
        self.meters.split = Split(**{part: order.quote[part] for part in PARTS})


@contextmanager
def till(language: str = "en", **access: Any) -> Iterator[Till]:
    her = person(language=language, name="Rahima Khatun")
    home = meter(her, nickname="Home", **access)
    client = Client()
    client.force_login(her)
    with outside() as (paper, meters):
        found = Till(client, her, home, paper, meters)
        meters.dues = lambda number, at: found.dues[0]  # type: ignore[method-assign]
        yield found


def hidden(answer: Any) -> dict[str, str]:
    """The hidden fields of the pay form."""
    form = re.search(r'<form class="pay".*?</form>', answer.content.decode(), re.S)
    assert form, text(answer)
    return {
        name: value for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]) if name != "csrfmiddlewaretoken"
    }


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def other_key() -> str:
    return str(uuid4())
