"""`manage.py listen URL`: takes readings and events from a broker or a folder until it is stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from bijoli.delivery.stopping import stop_on_signals
from bijoli.ingest.listening import BadAddress

RUNNERS = {  # scheme -> module with run(url, stop), which returns when `stop` is set
    "mqtt": "bijoli.ingest.mqtt",
    "mqtts": "bijoli.ingest.mqtt",
    "nats": "bijoli.ingest.nats",
    "tls": "bijoli.ingest.nats",
    "file": "bijoli.ingest.files",
}


class Command(BaseCommand):
    help = "Takes readings and events from mqtt://, mqtts://, nats://, tls:// (NATS) or file:///folder. Ctrl-C or SIGTERM ends it cleanly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", metavar="URL")

    def handle(self, *, url: str, **options: object) -> None:
        scheme = urlsplit(url).scheme
        if scheme not in RUNNERS:
            raise CommandError(f"an address begins with one of {', '.join(f'{known}://' for known in RUNNERS)}")
        stop = stop_on_signals()
        try:
            import_module(RUNNERS[scheme]).run(url, stop)
        except BadAddress as error:
            raise CommandError(str(error)) from None
