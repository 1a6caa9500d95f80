"""The town's billing system: a month's bill of each postpaid meter, sent to the site's door for bills. It stands outside of Bijoli.

It takes the registers at the turns of the months and the rule of core.tariff, which is the written tariff; what it shares with the
site's pages is that rule alone. It makes bills when the town starts: each once, and of the time before the town's first start most are
paid at a bank.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.core.management import call_command

from bijoli.core.money import to_taka
from bijoli.core.tariff import Line, TariffError, charge
from bijoli.simulator.meters import MONTHS, Meters
from bijoli.simulator.people import DEMO_PLACES
from bijoli.simulator.store import Store, TownError

SOURCE = "simulated town"
ISSUED_DAY = 5  # of the month after
TO_PAY, TO_CUT = timedelta(days=30), timedelta(days=17)  # from the issue to the last day, and from there to the disconnection
PAID_AFTER = timedelta(days=12)
BATCH = 1000
TIMEOUT = 120
Bill = dict[str, Any]


def send(meters: Meters, store: Store, url: str, now: int) -> int:
    """Sends the bills that the site does not have yet; returns how many. Raises TownError."""
    known, today = store.billed(), meters.calendar.local(now).date()
    new = [bill for bill in bills(meters, today, history=not known) if bill["number"] not in known]
    if new:
        token = io.StringIO()
        call_command("billsource", SOURCE, stdout=token)
        for start in range(0, len(new), BATCH):
            _post(f"{url}/till/bills", token.getvalue().strip(), new[start : start + BATCH])
        store.keep_billed(known | {bill["number"] for bill in new})
    return len(new)


def bills(meters: Meters, today: date, *, history: bool) -> Iterator[Bill]:
    """What was to be billed by today, as docs/bills.md writes it. With `history`, earlier ones are paid: of the demo person all but the
    last two, of the neighbours all but the last of every third."""
    homes, state = meters.homes, meters.state
    for row in range(len(homes)):
        turns = [int(turn) for turn in state.turns[row]] if not homes.prepaid[row] else []
        for back in range(MONTHS - 1, 0, -1):
            if not turns or turns[back] < 0:
                continue
            month = _month(int(state.month[row]) - back)
            bill = _bill(meters, row, month, turns[back], turns[back - 1])
            if bill is None or bill["issued_on"] > today:
                continue
            kept_open = 2 if row < len(DEMO_PLACES) else int(row % 3 == 0)
            if history and back > kept_open:
                bill |= {"paid": bill["total"], "paid_on": min(today, bill["issued_on"] + PAID_AFTER)}
            yield bill


def _bill(meters: Meters, row: int, month: date, before: int, after: int) -> Bill | None:
    homes, issued = meters.homes, _next(month).replace(day=ISSUED_DAY)
    try:
        tariff = meters.book.at(homes.tariff[row], _next(month) - timedelta(days=1))
    except TariffError:
        return None
    lines = charge(after - before, tariff, sanctioned_w=int(homes.sanctioned_w[row]), phases=int(homes.phases[row]))
    return {
        "number": f"{month:%m%y}{homes.account[row]}",
        "account": homes.account[row],
        "month": f"{month:%Y-%m}",
        "issued_on": issued,
        "due_on": issued + TO_PAY,
        "disconnect_on": issued + TO_PAY + TO_CUT,
        "meter": homes.number[row],
        "previous_kwh": _kwh(before),
        "current_kwh": _kwh(after),
        "energy_kwh": _kwh(after - before),
        "lines": [_line(line) for line in lines],
        "total": str(to_taka(sum(line.paisa for line in lines))),
    }


def _line(line: Line) -> dict[str, str]:
    written = {"name": line.name, "amount": str(to_taka(line.paisa))}
    if line.energy_wh is None or line.rate is None:
        return written
    return written | {"kwh": _kwh(line.energy_wh), "rate": str(to_taka(line.rate))}


def _kwh(wh: int) -> str:
    return f"{wh // 1000}.{wh % 1000:03d}"


def _month(since_1970: int) -> date:
    return date(1970 + since_1970 // 12, since_1970 % 12 + 1, 1)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _post(address: str, token: str, bills: list[Bill]) -> None:
    body = json.dumps(bills, default=str).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urlopen(Request(address, body, headers), timeout=TIMEOUT) as answer:  # noqa: S310 our own address
            told = json.load(answer)
    except (URLError, OSError) as error:
        raise TownError(f"{address} does not take the bills: {error}") from None
    if told["rejected_rows"]:
        raise TownError(f"{address} rejects a bill: {told['rejected'][0]}")
