"""`manage.py cause low 0660…`: makes it happen at one simulated meter, and says what was decided and what became of each push."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bijoli.alerts import reads as alerts
from bijoli.core import money
from bijoli.core.metering import meter_number
from bijoli.delivery import reads as delivery
from bijoli.metering import reads as metering
from bijoli.simulator import account
from bijoli.simulator.causes import KINDS, RELAYS, TAMPERS, CauseError, Wish
from bijoli.simulator.control import ask, outcome
from bijoli.simulator.store import TownError
from bijoli.simulator.town import opened

WAIT_SECONDS = 5.0


class Command(BaseCommand):
    help = "Makes something happen at one meter of the town, now, so that a push can be seen to arrive."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("meter", help="12 digits (11 get a 0 in front)")
        parser.add_argument("--amount", help="taka: the balance (low, zero) or the payment (recharge)")
        parser.add_argument("--protected", action="store_true", help="zero: in protected hours, so the supply stays on")
        parser.add_argument("--tamper", choices=list(TAMPERS), default="cover", help="tamper: which signal (default: %(default)s)")
        parser.add_argument("--relay", choices=list(RELAYS), default="open_overload", help="relay: its new state (default: %(default)s)")
        parser.add_argument("--url", default=os.environ.get("BIJOLI_DEMO_URL"), help="the site; the running demo's")
        parser.add_argument("--headend", default=os.environ.get("BIJOLI_DEMO_HEADEND", "http://localhost:8002"), help="the head-end's door")

    def handle(self, *_: Any, **options: Any) -> None:
        since = datetime.now(UTC)
        if not options["url"]:
            raise CommandError("No demo is running: say `make demo` first, in another terminal (or give --url and --headend).")
        try:
            wish = _wish(options)
            told = ask(options["headend"], wish) or _ourselves(options["url"], wish)
        except (CauseError, TownError, ValueError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Meter {wish.meter}: {told['said']}.")
        if not told["taken"]:
            raise CommandError(f"the site has not taken it; the head-end goes on trying. {told['trouble']}")
        self._decided(wish.meter, since)

    def _decided(self, meter: str, since: datetime) -> None:
        """Waits for the rules, then for the pushes, and prints both."""
        _wait(lambda: alerts.why(meter, since) or alerts.ended(meter, since) or not metering.changes_waiting())
        decided, ended, waiting = alerts.why(meter, since), alerts.ended(meter, since), metering.changes_waiting()
        for told in decided:
            self.stdout.write(account.decision(told, since))
        for kind, reason in ended:
            self.stdout.write(f"  the {kind} alert is closed: {reason}")
        if not decided and not ended:
            why = f"{waiting} changes wait; is `manage.py watch` running?" if waiting else "the rules saw it and had nothing new to tell."
            self.stdout.write(f"  nothing was decided: {why}")
        _wait(lambda: all(account.settled(push) for _, push in delivery.pushes(meter, since)))
        for line in account.pushes(delivery.pushes(meter, since), since):
            self.stdout.write(line)


def _wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not until() and time.monotonic() < end:
        time.sleep(0.05)


def _wish(options: dict[str, Any]) -> Wish:
    amount = None if options["amount"] is None else money.paisa(options["amount"])
    chosen = {name: options[name] for name in ("kind", "protected", "tamper", "relay")}
    return Wish(meter=meter_number(options["meter"]), amount=amount, **chosen)


def _ourselves(url: str, wish: Wish) -> dict[str, Any]:
    """No head-end runs: the meter reports by this command."""
    with opened(url) as headend:
        return outcome(headend.cause(wish))
