"""The demo as one starts it, neighbours who live a minute in it, and the reports that tell of it."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import CHECKOUT, free_port, manage, wait_until

PEOPLE = 4  # by turns: pays in the app, recharges at a shop after the supply went off, opens an overload's push, complains
PORTS = 4  # of the demo, in a row


def free_row() -> int:
    """The first of four free ports in a row."""
    while True:
        first = free_port()
        with ExitStack() as kept:
            try:
                for port in range(first, first + PORTS):
                    kept.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


@pytest.fixture
def demo() -> Iterator[dict[str, str]]:
    """A demo of few meters in a folder of its own; what its commands are given."""
    folder = Path(tempfile.mkdtemp(prefix="bijoli-demo-"))
    folder.chmod(0o711)  # the database's account must pass through
    own = {"BIJOLI_DATA": str(folder), "DATABASE_URL": "", "PYTHONUNBUFFERED": "1"}
    size = {"PORT": str(free_row()), "METERS": "14", "DAYS": "2"}
    try:
        with manage("demo", environment=own | size) as town:
            town.wait_for(lambda: "Bijoli is running" in town.output(), 120)
            yield own
            os.kill(town.id, signal.SIGTERM)
            town.end(60)
            assert "Stopped." in town.output()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def said(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=CHECKOUT, env=os.environ | environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_neighbours_do_is_in_the_reports(demo: dict[str, str], tmp_path: Path) -> None:
    told = said(demo, "neighbours", "--people", str(PEOPLE))
    assert f"{PEOPLE} of {PEOPLE} were told something" in told, told
    wait_until("what was paid in the app is on the meter", lambda: "persons,,recharged,2" in said(demo, "report"), 60)
    said(demo, "report", "--folder", str(tmp_path))
    figures = {tuple(row[:3]): row[3] for row in csv.reader((tmp_path / "benefit.csv").read_text("utf-8-sig").splitlines())}
    persons = {name: int(figures["persons", "", name]) for name in ("reached", "shown", "acted", "opened")}
    assert persons == {"reached": PEOPLE, "shown": PEOPLE, "acted": 3, "opened": 1}
    assert int(figures["delivery", "", "whole count"]) >= PEOPLE
    assert int(figures["self-disconnections", "", "count"]) == 1
    assert int(figures["complaints", "", "count"]) == 1
    assert len(list(tmp_path.glob("*.pdf"))) == 6
