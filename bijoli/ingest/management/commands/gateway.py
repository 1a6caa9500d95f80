"""Make a gateway and show its token, once."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone

from bijoli.ingest.gateways import revoke
from bijoli.ingest.http import token_hash
from bijoli.ingest.models import Gateway


class Command(BaseCommand):
    help = "Makes a gateway that may send readings and events, and prints its token. The token is not kept: note it now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what you call it")
        parser.add_argument("--prefix", default="", help="bind it to meters whose number begins so")
        parser.add_argument("--renew", action="store_true", help="a new token for a gateway that exists; the old one ends")
        parser.add_argument("--revoke", action="store_true", help="end its token")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["revoke"]:
            return self._revoke(options["name"])
        if options["prefix"] and not (options["prefix"].isascii() and options["prefix"].isdigit() and len(options["prefix"]) <= 12):
            raise CommandError("--prefix: up to 12 digits")
        token = secrets.token_urlsafe(32)
        self._store(options["name"], token_hash(token), options["prefix"], options["renew"])
        self.stdout.write(token)
        return None

    def _store(self, name: str, hashed: bytes, prefix: str, renew: bool) -> None:
        if renew:
            if not Gateway.objects.filter(name=name).update(token_hash=hashed, revoked_at=None):
                raise CommandError(f"there is no gateway {name!r}")
            return
        try:
            with transaction.atomic():
                Gateway.objects.create(name=name, token_hash=hashed, meter_prefix=prefix)
        except IntegrityError:
            raise CommandError(f"there is a gateway {name!r} already: --renew gives it a new token") from None

    def _revoke(self, name: str) -> None:
        if not revoke(name, timezone.now()):
            raise CommandError(f"no gateway {name!r} with a token")
