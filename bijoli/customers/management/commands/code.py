"""`manage.py code 01700000001`: the demo's last sign-in code of a number."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bijoli.core.phone import e164
from bijoli.customers.codes import last_code


class Command(BaseCommand):
    help = "Prints the last sign-in code that went to a number. In the demo alone, for three minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="a mobile number, as people write it")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Codes are kept in the demo alone (BIJOLI_DEMO=1).")
        try:
            phone = e164(options["number"], settings.UTILITY.country_code)
        except ValueError as error:
            raise CommandError(f"{options['number']}: {error}") from None
        code = last_code(phone)
        if code is None:
            raise CommandError(
                f"No code went to …{phone[-4:]} in the last three minutes. Ask for one on the sign-in page; unknown numbers get none."
            )
        self.stdout.write(code)
