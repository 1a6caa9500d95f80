"""Ten thousand payments while everything fails: money in the gateways = the ledger = credits on the meters (docs/payments.md).

`python -m bench.money --payments 10000 --seed 7`: customers pay through the site as browsers do; the gateways send notices twice, late,
before the return or never, answer 500 or not at all, take a tampered amount, or take the money twice; the head-end's answers are lost
before and after they took effect; every few seconds one process dies by kill -9, or PostgreSQL, or all at once. At the end the three
sides are compared to the paisa. Before that, a few hundred payments in calm say how long return -> on the meter takes.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import threading
import time
from collections import Counter
from typing import Any

from bench import cluster, quotes

CALM, SHOPPERS, HOMES = 300, 10, 6_000
DRAIN_S = 300


def measure() -> dict[str, float]:
    """Keys: money.payments, money.kills, money.mismatch_paisa, money.lost, money.doubled, money.unexplained, money.tampered_refused,
    money.settle_p95_s, money.quotes, money.quote_mismatches."""
    return run(10_000, int(time.time()) % 100_000) | quotes.measure()


def run(payments: int, seed: int) -> dict[str, float]:
    print(f"seed {seed}", flush=True)
    folder = cluster.start()
    from django.core.management import call_command
    from django.db import connection

    from bench.moneyhouse import House
    from bench.moneypeople import Shopper, people

    call_command("collectstatic", verbosity=0, interactive=False)
    chance = random.Random(seed)
    with contextlib.ExitStack() as running:
        homes = people(HOMES)
        connection.close()
        house = House(folder, chance, running)
        house.wait()
        _teach(house, homes)
        shoppers = [Shopper(house.web, house.gateways, homes, seed + n) for n in range(SHOPPERS)]
        p95 = _calm(shoppers[:2])
        connection.close()
        began = time.monotonic()
        _stormy(house, shoppers, payments - CALM, seed)
        took = time.monotonic() - began
        house.behave()
        _drain()
        found = _compare(house)
    _table(found, house.killed, sum((one.done for one in shoppers), Counter()), took, p95)
    return {
        "money.payments": float(found.states.total()),
        "money.kills": float(house.killed.total()),
        "money.mismatch_paisa": float(found.mismatch_paisa),
        "money.lost": float(found.lost),
        "money.doubled": float(found.doubled),
        "money.unexplained": float(found.unexplained),
        "money.tampered": float(found.tampered),
        "money.tampered_refused": float(found.tampered_refused),
        "money.settle_p95_s": p95,
    }


def _teach(house: Any, homes: list[tuple[str, str, str]]) -> None:
    import httpx

    from bench.moneypeople import meter_rows

    httpx.post(f"http://127.0.0.1:{house.headend}/_meters", json=meter_rows(homes), timeout=60).raise_for_status()


def _calm(shoppers: list[Any]) -> float:
    """Seconds from the browser's return to "on the meter", at the 95th percentile."""
    threads = [threading.Thread(target=lambda one=one: [one.pay(calm=True) for _ in range(CALM // len(shoppers))]) for one in shoppers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _drain()
    from bijoli.payments.models import Vend

    returned = {order: at for one in shoppers for order, at in one.returned.items()}
    ended = Vend.objects.filter(order__public_id__in=returned, ended_at__isnull=False).values_list("order__public_id", "ended_at")
    waits = sorted(at.timestamp() - returned[str(order)] for order, at in ended)
    if len(waits) < CALM * 0.95:
        raise RuntimeError(f"only {len(waits)} of {CALM} calm payments reached the meter")
    return waits[int(len(waits) * 0.95)]


def _stormy(house: Any, shoppers: list[Any], payments: int, seed: int) -> None:
    """Payments with everything failing; the killing ends with the last of them."""
    left, lock, done = [payments], threading.Lock(), threading.Event()
    house.misbehave(seed)

    def shop(one: Any) -> None:
        while True:
            with lock:
                if left[0] <= 0:
                    return
                left[0] -= 1
                if left[0] % 500 == 0:
                    print(f"     {left[0]} payments left", flush=True)
            one.pay()

    threads = [threading.Thread(target=shop, args=(one,)) for one in shoppers]
    for thread in threads:
        thread.start()
    killer = threading.Thread(target=house.kill_until, args=(done,))
    killer.start()
    for thread in threads:
        thread.join()
    done.set()
    killer.join()


def _drain() -> None:
    """Until every order with money is at its end, and the gateways were asked about each open one once more."""
    from django.db import OperationalError, connection
    from django.utils import timezone

    from bijoli.payments.models import Order, Vend
    from bijoli.payments.wake import wake

    begin = timezone.now()
    for _ in range(100):
        try:
            Order.objects.exclude(ask_at=None).update(ask_at=begin)
            wake()
            break
        except OperationalError:
            connection.close()
            time.sleep(0.2)
    end = time.monotonic() + DRAIN_S
    while time.monotonic() < end:
        waiting = Vend.objects.exclude(ask_at=None).count() + Order.objects.filter(ask_at__lte=begin).count()
        if not waiting:
            return
        time.sleep(0.2)
    raise TimeoutError(f"{waiting} orders and credits are still waiting")


def _compare(house: Any) -> Any:
    import httpx

    from bench.moneycheck import check

    transactions = httpx.get(f"http://127.0.0.1:{house.gateways}/_transactions", timeout=60).json()
    credits = httpx.get(f"http://127.0.0.1:{house.headend}/_credits", timeout=60).json()
    return check(transactions, credits)


def _table(found: Any, killed: Counter[str], shopped: Counter[str], took: float, p95: float) -> None:
    print(f"{found.states.total()} orders in {took:.0f} s; {killed.total()} kills: {dict(killed)}")
    print(f"customers: {dict(shopped)}")
    print(f"orders: {dict(found.states)}")
    for what, (one, other) in found.sums.items():
        print(f"  {what:32s} {one / 100:16,.2f} {other / 100:16,.2f}   {'equal' if one == other else 'DIFFERENT'}")
    print(f"lost {found.lost}, doubled {found.doubled}, unexplained {found.unexplained}")
    print(f"tampered {found.tampered}, of them refused {found.tampered_refused}; return -> on the meter p95 {p95:.2f} s (calm)")
    for note in found.notes[:20]:
        print(f"  {note}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    given = parser.parse_args()
    result = run(given.payments, given.seed)
    print(result)
    bad = ("money.mismatch_paisa", "money.lost", "money.doubled", "money.unexplained")
    sys.exit(1 if any(result[name] for name in bad) else 0)
