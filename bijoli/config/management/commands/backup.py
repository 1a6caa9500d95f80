"""`manage.py backup FOLDER`: the database and the keys, into a new folder below it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.config.backup import BackupError, back_up
from bijoli.config.postgres import PostgresError


class Command(BaseCommand):
    help = "Backs up the database and the keys into FOLDER/bijoli-<time>. The site goes on meanwhile. Whoever reads it holds everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--keep", type=int, default=0, help="how many backups stay there, the newest; 0 (as it is): all")
        parser.add_argument(
            "--without-raw", action="store_true", help="leaves the raw readings out, which are most of it; days and months stay"
        )
        parser.add_argument("--jobs", type=int, default=2, help="tables that are read at the same time")

    def handle(self, *, folder: Path, keep: int, jobs: int, without_raw: bool, **options: object) -> None:
        try:
            made = back_up(folder, timezone.now(), jobs=jobs, keep=max(keep, 0), raw=not without_raw)
        except (BackupError, PostgresError, OSError) as error:
            raise CommandError(str(error)) from None
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        self.stdout.write(f"{made}: {size / 1e6:.1f} MB")
