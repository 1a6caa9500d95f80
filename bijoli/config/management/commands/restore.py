"""`manage.py restore BACKUP`: a backup's database and keys, back in their places. Stop the other processes first."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from bijoli.config.backup import BackupError, restore
from bijoli.config.postgres import PostgresError
from bijoli.monitor.backups import made_at
from bijoli.monitor.database import missing_migrations


class Command(BaseCommand):
    help = "Puts a backup back into an empty database, and its keys. Stop web, watch, deliver, tick and listen first."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", metavar="BACKUP", type=Path, help="a folder that `manage.py backup` made")
        parser.add_argument("--replace", action="store_true", help="even where the database holds data: all of it is lost")
        parser.add_argument("--jobs", type=int, default=2, help="tables that are written at the same time")

    def handle(self, *, backup: Path, replace: bool, jobs: int, **options: object) -> None:
        try:
            told = restore(backup, replace=replace, jobs=jobs)
        except (BackupError, PostgresError, OSError) as error:
            raise CommandError(str(error)) from None
        for line in told:
            self.stdout.write(line)
        if missing_migrations():
            self.stdout.write("it is of an older version: run `manage.py migrate`")
        self.stdout.write(f"restored as of {made_at(backup):%Y-%m-%d %H:%M:%S} UTC; start the processes")
