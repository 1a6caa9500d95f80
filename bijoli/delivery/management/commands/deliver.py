"""`manage.py deliver`: sends queued pushes, and SMS and e-mails beside them, until it is stopped."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from threading import Event

from django.core.management.base import BaseCommand

from bijoli.delivery import emailing, texting
from bijoli.delivery.channels import console, email, sms
from bijoli.delivery.channels.webpush.send import Sender
from bijoli.delivery.deliver import FAREWELL, Deliverer
from bijoli.delivery.emailing import Mailer
from bijoli.delivery.texting import Texter


class Command(BaseCommand):
    help = "Sends pushes, and what nobody saw by SMS and e-mail. Start as many as you like; Ctrl-C or SIGTERM ends it cleanly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="ends when nothing is due any more")
        parser.add_argument("--show", action="store_true", help="repeats each push on the terminal")

    def handle(self, *, once: bool, show: bool, **options: object) -> None:
        stop, sender = Event(), Sender()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        sender.watch(_signals())
        deliverer = Deliverer(sender, show=console.printer(self.stdout.write) if show else None)
        self.stdout.write("deliver: ready")
        self.stdout.flush()
        if once:
            deliverer.until_idle(600)
            if sms.offered():
                Texter().until_idle()
            if email.offered():
                Mailer().until_idle()
        else:
            others = [thread for thread in (texting.beside(stop), emailing.beside(stop)) if thread]
            deliverer.run(stop)
            for thread in others:
                thread.join(FAREWELL)
        sender.close()


def _signals() -> int:
    """A descriptor that can be read once a signal has come, so that a worker waiting for its sockets ends at once."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    return reading
