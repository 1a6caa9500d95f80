"""Let a billing system send bills, and show its token, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.payments import sources


class Command(BaseCommand):
    help = "Makes a token with which a billing system may post bills, or a new one that ends the old. The token is not kept: note it now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what you call the billing system")
        parser.add_argument("--revoke", action="store_true", help="end its token")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["revoke"]:
            self.stdout.write(sources.renew(options["name"][:40], timezone.now()))
        elif not sources.revoke(options["name"], timezone.now()):
            raise CommandError(f"no billing system {options['name']!r} with a token")
