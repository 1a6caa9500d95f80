"""`make demo`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bijoli.config.postgres import PostgresError
from bijoli.demo.supervisor import DemoError, run


class Command(BaseCommand):
    help = "Starts the database, the site, the pushes and a town of meters; Ctrl-C stops all. PORT, METERS and DAYS change its size."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run(port=_number("PORT", 8000), meters=_number("METERS", 200), days=_number("DAYS", 180))
        except (DemoError, PostgresError) as error:
            raise CommandError(str(error)) from None


def _number(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    if not given.isdigit() or int(given) < 1:
        raise CommandError(f"{name}={given}: say a whole number")
    return int(given)
