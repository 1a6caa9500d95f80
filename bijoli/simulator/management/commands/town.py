"""`manage.py town`: the demo town and its history; again, it makes up for the time since the last reading."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bijoli.simulator.gateway import GatewayError
from bijoli.simulator.shape import ShapeError
from bijoli.simulator.store import TownError
from bijoli.simulator.town import build


class Command(BaseCommand):
    help = "Makes a town of simulated meters with months of history at a running site, or continues the one that is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://localhost:8000", help="the site (default: %(default)s)")
        parser.add_argument("--meters", type=int, default=200)
        parser.add_argument("--days", type=int, default=180, help="of history, ending now")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another town")
        parser.add_argument("--shape", type=Path, action="append", default=[], help="a CSV file of interval data instead of the samples")
        parser.add_argument("--out", type=Path, help="a folder that also gets the CSV for manage.py load")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["meters"] < 1 or options["days"] < 1:
            raise CommandError("a town needs at least one meter and one day")
        try:
            plan = build(
                options["url"],
                options["meters"],
                options["days"],
                options["seed"],
                shapes=tuple(options["shape"]),
                out=options["out"],
            )
        except (TownError, GatewayError, ShapeError, OSError) as error:
            raise CommandError(str(error)) from None
        if (plan.meters, plan.seed) != (options["meters"], options["seed"]):
            self.stdout.write(f"The town that is there was kept: {plan.meters} meters, seed {plan.seed}.")
