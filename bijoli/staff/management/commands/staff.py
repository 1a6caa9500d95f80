"""Staff: who may enter the staff's pages, as what, and where."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.staff import people
from bijoli.staff.people import StaffError
from bijoli.staff.roles import ROLES


class Command(BaseCommand):
    help = "Takes staff on, lists them, lets them go, resets a second factor. There are no passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        doing = parser.add_subparsers(dest="do", required=True, metavar="add|list|remove|reset-factor|code")
        add = doing.add_parser("add", help="take somebody on, or change roles and divisions")
        add.add_argument("phone", help="the mobile number with which they sign in")
        add.add_argument("--role", action="append", required=True, choices=list(ROLES), help="may be given several times")
        add.add_argument("--division", action="append", default=[], metavar="KEY", help="of offices.csv; several times; none: head office")
        add.add_argument("--circle", action="append", default=[], metavar="NAME", help="all divisions of a circle of offices.csv")
        add.add_argument("--zone", action="append", default=[], metavar="NAME", help="all divisions of a zone of offices.csv")
        add.add_argument("--name", default="", help="as colleagues know them")
        doing.add_parser("list", help="everybody, with roles and divisions")
        for name, text in (
            ("remove", "let somebody go, at once"),
            ("reset-factor", "a lost phone: prints a new invitation"),
            ("code", "the six digits that the app of the demo's person shows; the demo alone"),
        ):
            doing.add_parser(name, help=text).add_argument("phone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['do'].replace('-', '_')}")(options)
        except StaffError as error:
            raise CommandError(str(error)) from None

    def _add(self, options: dict[str, Any]) -> None:
        where = people.divisions_of(options["division"], options["circle"], options["zone"])
        code = people.add(options["phone"], options["role"], where, timezone.now(), options["name"])
        self._invitation(code) if code else self.stdout.write("changed; the second factor is set up already")

    def _list(self, options: dict[str, Any]) -> None:
        for one in people.members():
            where = ", ".join(one.divisions) or "head office"
            state = "ready" if one.factor else "no second factor yet"
            self.stdout.write(f"{one.phone}  {', '.join(one.roles) or 'no role'}; {where}; {state}")

    def _remove(self, options: dict[str, Any]) -> None:
        people.remove(options["phone"])
        self.stdout.write("removed")

    def _reset_factor(self, options: dict[str, Any]) -> None:
        self._invitation(people.reset_factor(options["phone"], timezone.now()))

    def _code(self, options: dict[str, Any]) -> None:
        self.stdout.write(people.code(options["phone"]))

    def _invitation(self, code: str) -> None:
        self.stdout.write(f"Invitation: {code}")
        self.stdout.write("Tell it to them in person. They sign in at /staff/ with their number, and type it within 72 hours.")
