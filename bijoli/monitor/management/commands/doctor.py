"""`manage.py doctor`: what is wrong here, in plain words, and what to do about it."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bijoli.monitor.doctor import examine


class Command(BaseCommand):
    help = "Looks at this installation: a line for each thing, ok or problem. Ends with 1 where there is a problem."
    requires_system_checks = ()  # it must speak when little else works

    def handle(self, **options: object) -> None:
        problems = 0
        for finding in examine(timezone.now()):
            problems += bool(finding.problem)
            self.stdout.write(f"problem  {finding.about}: {finding.problem}" if finding.problem else f"ok       {finding.about}")
        if problems:
            raise CommandError(f"{problems} {'problem' if problems == 1 else 'problems'}")
