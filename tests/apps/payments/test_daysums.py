"""The ledger's balances are the same whether its days are added up already, in part, or not at all."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bijoli.payments import daysums, trial
from bijoli.payments.models import DaySum, Entry, Posting, Summed

DHAKA = ZoneInfo("Asia/Dhaka")
FIRST = date(2026, 3, 1)


def write(count: int, chance: random.Random) -> list[tuple[date, str, int]]:
    """Entries in no order of time, some at the turn of a local day; what each posting moves."""
    moved = []
    for _ in range(count):
        day = FIRST + timedelta(days=chance.randrange(20))
        at = datetime.combine(day, chance.choice([datetime.min.time(), datetime.max.time()]), DHAKA)
        entry = Entry.objects.create(key=f"test:{Entry.objects.count()}", at=at)
        one, two = chance.sample(["gateway:bkash", "prepaid", "meters"], 2)
        paisa = chance.randrange(1, 10_000)
        Posting.objects.bulk_create([Posting(entry=entry, account=one, paisa=paisa), Posting(entry=entry, account=two, paisa=-paisa)])
        moved += [(day, one, paisa), (day, two, -paisa)]
    return moved


def plain(moved: list[tuple[date, str, int]], first: date, last: date) -> list[trial.Balance]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for day, account, paisa in moved:
        if day <= last:
            sums[account][0 if day < first else 1 if paisa > 0 else 2] += paisa if day < first else abs(paisa)
    return [trial.Balance(account, *found) for account, found in sorted(sums.items())]


@pytest.mark.django_db
def test_added_up_in_part_wholly_or_not_at_all_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daysums, "MOST", 7)
    chance = random.Random(5)
    moved: list[tuple[date, str, int]] = []
    for _ in range(4):
        moved += write(10, chance)
        for _ in range(2):
            days = sorted(FIRST + timedelta(days=chance.randrange(-1, 22)) for _ in range(2))
            assert trial.balances(*days) == plain(moved, *days)
            daysums.add_up(timezone.now())
    while not daysums.add_up(timezone.now()):
        assert trial.balances(FIRST, FIRST) == plain(moved, FIRST, FIRST)
    assert Summed.objects.get().entry == Entry.objects.latest("pk").pk
    assert trial.balances(FIRST, FIRST + timedelta(days=9)) == plain(moved, FIRST, FIRST + timedelta(days=9))
    assert sum(one.debit - one.credit for one in DaySum.objects.all()) == 0


@pytest.mark.django_db
def test_nothing_is_added_up_of_an_empty_ledger() -> None:
    assert daysums.add_up(timezone.now())
    assert trial.balances(FIRST, FIRST) == []


@pytest.mark.django_db(transaction=True)
def test_while_somebody_is_writing_an_entry_none_after_it_is_added_up() -> None:
    from threading import Event, Thread

    writing, done = Event(), Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                entry = Entry.objects.create(key="slow", at=timezone.now())
                Posting.objects.bulk_create([Posting(entry=entry, account=name, paisa=paisa) for name, paisa in (("a", 5), ("b", -5))])
                writing.set()
                done.wait(30)
        finally:
            connection.close()

    slow = Thread(target=write_slowly)
    slow.start()
    assert writing.wait(30)
    try:
        assert not daysums.add_up(timezone.now())  # waits a second, and has its turn again
        assert not DaySum.objects.exists()
    finally:
        done.set()
        slow.join()
    assert daysums.add_up(timezone.now())
    assert {one.account for one in DaySum.objects.all()} == {"a", "b"}
