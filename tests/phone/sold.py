"""Which meters the simulated head-end of the house sells credit for."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.request import Request, urlopen

from tests.phone.house import DHAKA, Home, House


def sells(house: House, home: Home, months: int = 1, tokens: int = 0, arrears: int = 0) -> None:
    """The head-end knows this meter from now on: months of charges due, arrears in paisa; the next credit comes as so many tokens."""
    today = datetime.now(DHAKA)
    charged = (today.year - 1970) * 12 + today.month - 1 - months
    row = {"number": home.meter, "tariff": "LT-A", "sanctioned_w": 5000, "phases": 1, "charged": charged, "tokens": tokens}
    body = json.dumps([row | {"arrears": arrears, "balance": 0}]).encode()
    request = Request(f"http://127.0.0.1:{house.vend_port}/_meters", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status < 300
