"""`manage.py upkeep`: all chores of the timer at once, whether due or not."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.metering import upkeep

TURNS = 100_000


class Command(BaseCommand):
    help = "Does now what `tick` does at night and in between: raw readings in order, old ones dropped, months packed, sessions swept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("only", nargs="*", help=f"these chores alone: {', '.join(map(repr, upkeep.CHORES))}")

    def handle(self, *, only: list[str], **options: object) -> None:
        if unknown := set(only) - set(upkeep.CHORES):
            raise CommandError(f"there is no chore {', '.join(sorted(unknown))}")
        for name in only or list(upkeep.CHORES):
            began = timezone.now()
            if not any(upkeep.run(timezone.now(), only=name) for _ in range(TURNS)):
                raise CommandError(f"{name}: not done")
            self.stdout.write(f"{name}: done in {(timezone.now() - began).total_seconds():.1f} s")
