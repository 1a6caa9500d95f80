"""Room at the door: so many at a time, and who came first goes in first."""

from __future__ import annotations

import threading

from bijoli.ingest.room import Room
from tests.processes import wait_until


def test_a_full_room_is_entered_once_somebody_leaves() -> None:
    room = Room(1)
    assert room.enter(0)
    assert not room.enter(0)
    room.leave()
    assert room.enter(0)


def test_who_waits_goes_before_who_comes_later() -> None:
    room, came = Room(1), []
    assert room.enter(0)

    def come(name: str) -> None:
        assert room.enter(30)
        came.append(name)
        room.leave()

    threads = [threading.Thread(target=come, args=(name,)) for name in ("first", "second")]
    for number, thread in enumerate(threads, 1):
        thread.start()
        wait_until("it waits", lambda number=number: len(room._waiting) == number)
    room.leave()  # a place for the first, who gives it to the second
    for thread in threads:
        thread.join(30)
    assert came == ["first", "second"]
    assert room.enter(0)


def test_a_wait_in_vain_leaves_nothing_behind() -> None:
    room = Room(1)
    assert room.enter(0)
    assert not room.enter(0.01)
    room.leave()
    assert room.enter(0)
