"""The files door: what is taken, in what form, what becomes of bad rows and broken files."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.management import CommandError, call_command
from django.db import connection

from bijoli.ingest import files, files_lines
from bijoli.ingest.models import FileInWork, Gateway, Reject
from bijoli.metering.models import Credit, MeterEvent, MeterState
from tests.apps.ingest_door import AT, METER, SECONDS, meters, reading, token

__all__ = ["meters"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("meters")]
HEADER = b"meter,at,balance,register_kwh,load_kw,relay\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """The readings folder of the gateway `hes`."""
    token()
    (tmp_path / "hes" / "events").mkdir(parents=True)
    (made := tmp_path / "hes" / "readings").mkdir()
    return made


def look(inbox: Path) -> None:
    files.look(files.Folder(inbox.parents[1], settle=0), threading.Event())


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def last() -> int:
    return MeterState.objects.get(meter__number=METER).last_at


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.ndjson", bytes), ("a.ndjson.gz", gzip.compress), ("a.NDJSON.zst", zstandard.compress)],
)
def test_lines_of_json_are_taken_and_moved(inbox: Path, name: str, pack: Any) -> None:
    (inbox / name).write_bytes(pack(lines(reading(), reading(at=SECONDS + 900, balance=80))))
    look(inbox)
    state = MeterState.objects.get(meter__number=METER)
    assert (state.last_at, state.balance_paisa) == (SECONDS + 900, 8000)
    assert (names(inbox), names(inbox / "done")) == (["broken", "done"], [name])
    assert not FileInWork.objects.exists()


@pytest.mark.parametrize(("name", "pack"), [("a.csv", bytes), ("a.csv.gz", gzip.compress), ("a.csv.zst", zstandard.compress)])
def test_csv_with_the_wires_names_in_any_order_is_taken(inbox: Path, name: str, pack: Any) -> None:
    text = f'\ufeffAt, Meter ,colour,load_kw,balance\r\n{AT},{METER},"a, ""b""",2.21,84.50\r\n\r\n{SECONDS + 900},66012345679,,,\r\n'
    (inbox / name).write_bytes(pack(text.encode()))
    look(inbox)
    first, second = MeterState.objects.exclude(last_at=0).order_by("meter__number")
    assert (first.last_at, first.balance_paisa, first.load_w, first.register_wh) == (SECONDS, 8450, 2210, None)
    assert (second.last_at, second.balance_paisa, second.load_w) == (SECONDS + 900, None, None)
    assert names(inbox / "done") == [name]


def test_events_and_recharges_come_by_their_own_folder(inbox: Path) -> None:
    credit = json.dumps({"order": "7", "credited": 353.95}).replace('"', '""')
    rows = f'{METER},{AT},is15959,251,,\n{METER},{AT},prepay,credit,x-1,"{credit}"\n{METER},{AT},prepay,credit,x-2,none\n'
    (inbox.parent / "events" / "a.csv").write_text("meter,at,profile,code,id,credit\n" + rows)
    look(inbox)
    assert MeterEvent.objects.get().code == "251"
    assert Credit.objects.get().credited_paisa == 35395
    assert (inbox.parent / "events" / "done" / "a.csv.rejects").read_text() == "4: credit: expected object | null, got str\n"


def test_bad_rows_are_named_by_their_line_and_kept_and_the_others_go_on(inbox: Path) -> None:
    bad = [
        b"066099999999,2026-11-22T10:15:00+06:00,1,,,",
        b"066012345679,2026-11-22,1,,,",
        b"066012345679,1795320900,1,,",
        b'066012345679,"1795320900,1,,,',
        b"066012345679,1795320900,\xff,,,",
        b"066012345679,1795320900,1,x,,",
        b"066012345679,4000000000,1,,,",
        b"0" * 200_000,
    ]
    good = f"{METER},{AT},84.50,,,closed".encode()
    (inbox / "a.csv").write_bytes(HEADER + b"\n".join([*bad, b" ", good]))
    look(inbox)
    assert last() == SECONDS
    assert (inbox / "done" / "a.csv.rejects").read_text().splitlines() == [
        "2: meter: unknown meter",
        "3: at: no time zone",
        "4: line: 5 values in 6 columns",
        "5: line: no line of CSV",
        "6: line: not in UTF-8",
        "7: register_kwh: expected float | null, got str",
        "8: at: the meter's time lies ahead of ours",
        "9: line: not in UTF-8",
    ]
    assert Reject.objects.count() == 8
    assert {kept.gateway for kept in Reject.objects.all()} == {Gateway.objects.get()}


def test_a_row_of_an_unknown_meter_can_be_taken_in_later(inbox: Path) -> None:
    (inbox / "a.csv").write_bytes(b"meter,at,balance\n066099999999,2026-11-22T10:15:00+06:00,84.50\n")
    look(inbox)
    kept = Reject.objects.get()
    assert json.loads(kept.body) == {"meter": "066099999999", "at": AT, "balance": 84.50}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "first line"),
        ("a.csv", b"meter;at\n1;2\n", "missing: meter, at"),
        ("a.csv", b"meter,at,at\n", "twice: at"),
        ("a.csv", b"meter,at,\xff\n", "UTF-8"),
        ("a.csv", "meter,at\n".encode("utf-16"), "UTF-16"),
        ("a.ndjson", "{}".encode("utf-16-le"), "not UTF-8"),
        ("a.csv", gzip.compress(b"meter,at\n", mtime=0), "this is gzip"),
        ("a.csv.gz", b"meter,at\n", "not packed"),
        ("a.csv.gz", b"", "ends too early"),
        ("a.csv.zst", b"meter,at\n", "not packed"),
        ("a.ndjson.zst", zstandard.compress(b"\n" * 100)[:-3], "ends too early"),
    ],
)
def test_a_broken_file_is_set_aside_with_its_reasons(inbox: Path, name: str, content: bytes, why: str) -> None:
    (inbox / name).write_bytes(content)
    look(inbox)
    assert names(inbox / "broken") == [name, f"{name}.reasons"]
    assert why in (inbox / "broken" / f"{name}.reasons").read_text()
    assert not FileInWork.objects.exists()


def test_what_came_before_the_break_is_stored(inbox: Path) -> None:
    rows = lines("no object", *(reading(at=SECONDS + n) for n in range(files_lines.PIECE)))
    (inbox / "a.ndjson.gz").write_bytes(gzip.compress(rows + os.urandom(300_000).hex().encode())[:-8])
    look(inbox)
    assert last() == SECONDS + files_lines.PIECE - 2
    assert (inbox / "broken" / "a.ndjson.gz.reasons").read_text().startswith("ends too early")
    assert "(after line 5000)" in (inbox / "broken" / "a.ndjson.gz.reasons").read_text()
    assert (inbox / "broken" / "a.ndjson.gz.rejects").read_text() == "1: line: no JSON object\n"


def test_a_small_file_that_unpacks_to_a_flood_is_set_aside(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_lines, "FREE", 1_000_000)
    (inbox / "a.ndjson.zst").write_bytes(zstandard.compress(b" " * 100_000_000))
    look(inbox)
    assert "unpack" in (inbox / "broken" / "a.ndjson.zst.reasons").read_text()


def test_a_file_is_left_alone_while_it_changes_and_what_is_no_input_always(inbox: Path) -> None:
    folder = files.Folder(inbox.parents[1], settle=3600)
    (inbox / "a.ndjson").write_bytes(lines(reading()))
    for name in (".a.csv", "a.csv.part", "notes.txt"):
        (inbox / name).write_bytes(b"\x00")
    (inbox / "b.csv").symlink_to(inbox / "notes.txt")
    files.look(folder, threading.Event())
    look(inbox)
    assert last() == SECONDS
    assert names(inbox) == [".a.csv", "a.csv.part", "b.csv", "broken", "done", "notes.txt"]


def test_a_name_that_was_here_before_gets_a_number(inbox: Path) -> None:
    for n in range(3):
        (inbox / "a.ndjson").write_bytes(lines(reading(at=SECONDS + n)))
        look(inbox)
    assert names(inbox / "done") == ["2-a.ndjson", "3-a.ndjson", "a.ndjson"]


def test_files_of_an_unknown_gateway_wait_and_those_of_a_bound_one_are_bound(inbox: Path) -> None:
    Gateway.objects.update(meter_prefix="077")
    (inbox / "a.ndjson").write_bytes(lines(reading()))
    (other := inbox.parents[1] / "other" / "readings").mkdir(parents=True)
    (other / "a.ndjson").write_bytes(lines(reading()))
    look(inbox)
    assert last() == 0
    assert names(other) == ["a.ndjson"]
    assert (inbox / "done" / "a.ndjson.rejects").read_text() == "1: meter: not a meter of this gateway\n"


def test_a_file_goes_on_from_its_last_committed_piece(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_lines, "PIECE", 10)
    rows = [reading(at=SECONDS + n) if n % 3 else {"meter": METER} for n in range(35)]
    (inbox / "a.ndjson").write_bytes(lines(*rows))
    stop = threading.Event()
    stop.set()
    folder = files.Folder(inbox.parents[1], settle=0)
    gateway, path = Gateway.objects.get(), inbox / "a.ndjson"
    state = (path.stat().st_size, path.stat().st_mtime_ns)
    files._take(folder, path, state, gateway, "readings", stop)
    assert FileInWork.objects.get().lines == 10
    with (inbox / "done" / "a.ndjson.rejects").open("ab") as listing:  # as a piece that was listed and then not committed
        listing.write(b"11: at: is mis")
    look(inbox)
    assert Reject.objects.count() == 12
    assert (inbox / "done" / "a.ndjson.rejects").read_text() == "".join(f"{n}: at: is missing\n" for n in range(1, 36, 3))


def test_a_file_that_cannot_be_taken_does_not_stop_the_others(inbox: Path) -> None:
    (inbox / "a.ndjson").write_bytes(lines(reading(meter="077012345678")))
    (inbox.parent / "events" / "a.ndjson").write_bytes(lines({"meter": METER, "at": AT, "profile": "is15959", "code": "251"}))
    (inbox / "done").write_bytes(b"in the way")
    folder = files.Folder(inbox.parents[1], settle=0)
    for _ in range(2):
        files.look(folder, threading.Event())
    assert list(folder.held) == [inbox / "a.ndjson"]
    assert MeterEvent.objects.count() == 1


@pytest.mark.parametrize("url", ["file:///nowhere/at/all", "file://elsewhere/tmp", "file:///tmp?settle=soon", "file:///tmp?settle=nan"])
def test_an_address_that_cannot_be_used_is_said(url: str) -> None:
    with pytest.raises(CommandError):
        call_command("listen", url)


def test_only_one_listens_to_a_folder(inbox: Path) -> None:
    with files._alone(inbox.parents[1]), pytest.raises(CommandError, match="another process"):
        call_command("listen", f"file://{inbox.parents[1]}")
    assert connection.is_usable()
