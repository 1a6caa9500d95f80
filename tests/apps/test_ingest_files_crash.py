"""Killed in the middle of a file again and again, the files door loses nothing, records nothing twice and lists each bad row once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from bijoli.ingest.models import FileInWork, Reject
from bijoli.metering.models import MeterState, Segment
from tests.apps.ingest_door import METER, SECONDS, meters, token
from tests.processes import wait_until

__all__ = ["meters"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("meters")]
ROWS, PIECE, KILLS = 12_000, 200, 4


@contextmanager
def listener(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own on the tests' database, with small pieces, so that there are many moments to die in."""
    name = connection.settings_dict["NAME"]
    code = f"""
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {name!r}
django.setup()
from django.core.management import call_command
from bijoli.ingest import files_lines
files_lines.PIECE = {PIECE}
call_command("listen", "file://{folder}?settle=0")
"""
    with subprocess.Popen([sys.executable, "-c", code], env=os.environ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_done() -> int:
    work = FileInWork.objects.first()
    return work.lines if work else 0


def test_killed_again_and_again_in_the_middle_of_a_file(tmp_path: Path) -> None:
    token()
    (inbox := tmp_path / "hes" / "readings").mkdir(parents=True)
    bad = {n for n in range(ROWS) if n % 7 == 3}
    with (inbox / "a.part").open("w") as file:
        file.write("meter,at,balance,load_kw\n")
        file.writelines(f"{METER},{'soon' if n in bad else SECONDS + n},500,0.{n % 1000:03d}\n" for n in range(ROWS))
    (inbox / "a.part").rename(inbox / "a.csv")
    chance = random.Random(7)
    for kill in range(KILLS):
        beyond = max(lines_done(), ROWS * kill // (KILLS + 2) + chance.randrange(1, ROWS // (KILLS + 2)))
        with listener(tmp_path) as process:
            wait_until("it comes further", lambda beyond=beyond: lines_done() > beyond, 60, every=chance.uniform(0.001, 0.02))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert (inbox / "a.csv").exists()
    with listener(tmp_path) as process:
        wait_until("the file is done", (inbox / "done" / "a.csv").exists, 60)
        process.terminate()
        assert process.wait(30) == 0
    assert MeterState.objects.get(meter__number=METER).last_at == SECONDS + ROWS - 1
    assert Segment.objects.aggregate(all=Sum("readings")) == {"all": ROWS - len(bad)}
    assert Reject.objects.count() == len(bad)
    why = "no time: ISO 8601 with offset, or seconds since 1970"
    assert (inbox / "done" / "a.csv.rejects").read_text() == "".join(f"{n + 2}: at: {why}\n" for n in sorted(bad))
    assert not FileInWork.objects.exists()
