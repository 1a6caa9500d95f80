"""The town as the utility's own commands know it: the CSV for `manage.py load`, and the gateway that speaks for its meters."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import CommandError, call_command

from bijoli.simulator.chance import pick
from bijoli.simulator.household import Households
from bijoli.simulator.people import DEMO_NAMES, DEMO_PHONE, DEMO_PLACES, FIRST_NEIGHBOUR, SECOND_PHONE, SURNAMES
from bijoli.simulator.store import TownError

METER = ("account", "meter", "division", "feeder", "sanctioned_kw", "mode", "installed_at", "phases", "tariff", "profile")
PERSON = ("phone", "name", "role", "nickname")
GATEWAY = "simulated town"
TWO_ACCOUNTS_EACH = 8  # of so many neighbours one pays for the next door too


def write(folder: Path, homes: Households, since: int, *, people: bool) -> Path:
    """Writes town.csv: a line for each meter, installed at `since`, or with `people` for each person at each account."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "town.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow((*METER, *(PERSON if people else ())))
        table.writerows(_lines(homes, since, people))
    return path


def load(path: Path) -> None:
    """Takes the file in by the utility's own command. Raises TownError where it names a bad line."""
    said, bad = io.StringIO(), io.StringIO()
    try:
        call_command("load", str(path), stdout=said, stderr=bad)
    except CommandError as error:
        raise TownError(str(error)) from None
    if bad.getvalue().strip():
        raise TownError(f"the town does not load: {bad.getvalue().strip().splitlines()[0]}")


def gateway_token() -> str:
    """A new token for the town's gateway, which is made where there is none."""
    token = io.StringIO()
    try:
        call_command("gateway", GATEWAY, stdout=token)
    except CommandError:
        call_command("gateway", GATEWAY, "--renew", stdout=token)
    return token.getvalue().strip()


def _lines(homes: Households, since: int, people: bool) -> Iterator[tuple[object, ...]]:
    installed = datetime.fromtimestamp(since, UTC).isoformat()
    surnames = pick(homes.seed, homes.key, 30, [1] * len(SURNAMES))
    for row in range(len(homes)):
        meter = (
            *(homes.account[row], homes.number[row], homes.division[row], homes.feeder[row], homes.sanctioned_w[row] / 1000),
            *("prepaid" if homes.prepaid[row] else "postpaid", installed, homes.phases[row], homes.tariff[row], homes.profile[row]),
        )
        if not people:
            yield meter
        elif row < len(DEMO_PLACES):
            yield (*meter, DEMO_PHONE, DEMO_NAMES[0], "owner", DEMO_PLACES[row].nickname)
            if row == 0:
                yield (*meter, SECOND_PHONE, DEMO_NAMES[1], "viewer", DEMO_PLACES[row].nickname)
        else:
            owner = row - (row % TWO_ACCOUNTS_EACH == 0 and row > len(DEMO_PLACES))
            yield (*meter, f"{FIRST_NEIGHBOUR + owner - len(DEMO_PLACES):011d}", SURNAMES[surnames[owner]], "owner", "")
