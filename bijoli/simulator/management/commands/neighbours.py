"""`manage.py neighbours`: some of the town's people are told something and act, so that the reports have something to count."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bijoli.simulator.causes import CauseError
from bijoli.simulator.neighbours import Doors, live, neighbours
from bijoli.simulator.store import TownError


class Command(BaseCommand):
    help = "Lets neighbours of the running demo live a minute: alerts to their phones, recharges, opened pushes, complaints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=20, help="how many (default: %(default)s)")

    def handle(self, *_: Any, **options: Any) -> None:
        names = ("BIJOLI_DEMO_URL", "BIJOLI_DEMO_PUSH", "BIJOLI_DEMO_HEADEND")
        found = [os.environ.get(name, "") for name in names]
        if not all(found):
            raise CommandError("No demo is running: say `make demo` first, in another terminal.")
        try:
            people = neighbours(max(0, options["people"]))
            told = live(Doors(*found), people, self.stdout.write)
        except (TownError, CauseError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{told} of {len(people)} were told something by a push. The reports count it: manage.py report --folder reports")
