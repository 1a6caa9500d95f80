"""The demo town: meters and people loaded, months of history filled in through the public door, ending now. A second start continues.

1. the meters, without people   2. the history   3. wait until the rules have read it (nobody is linked, so nobody is told of
last month's alerts)   4. the people
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from bijoli.core.tariff import TariffBook
from bijoli.metering import reads
from bijoli.simulator import billing, register
from bijoli.simulator.calendar import Calendar
from bijoli.simulator.fill import fill
from bijoli.simulator.gateway import Gateway
from bijoli.simulator.headend import Headend
from bijoli.simulator.household import QUARTER, Households, settle
from bijoli.simulator.loads import Loads
from bijoli.simulator.meters import FREE, Meters
from bijoli.simulator.progress import OnProgress, bars
from bijoli.simulator.shape import read_shape, shipped
from bijoli.simulator.store import Plan, Store, TownError
from bijoli.tariffs.reads import file_book

PATIENCE = 60.0  # seconds that we wait for the site
DRAIN_SECONDS = 300.0
SLOTS_A_DAY = 96
DAY = 86400


def build(
    url: str,
    meters: int = 200,
    days: int = 180,
    seed: int = 1,
    on_progress: OnProgress | None = None,
    *,
    shapes: tuple[Path, ...] = (),
    out: Path | None = None,
) -> Plan:
    """Makes the town at the site of `url`, or makes up for the time since its last reading. Raises TownError or GatewayError.

    A town that is there stays as it is, whatever the other arguments say. `shapes` are files of interval data instead of the
    shipped samples; `out` is a folder that gets the CSV of the meters and people.
    """
    store = Store(town_folder())
    showing: AbstractContextManager[OnProgress] = nullcontext(on_progress) if on_progress else bars()
    with store.alone(), showing as progress:
        plan = _kept(store)
        if plan is None:
            plan = Plan(meters, seed, int(time.time()) // QUARTER - days * SLOTS_A_DAY, tuple(str(path.resolve()) for path in shapes))
            _found(store, plan, progress)
        if out:
            register.write(out, households(plan), plan.first_slot * QUARTER, people=True)
        return _continue(store, plan, url, progress)


@contextmanager
def opened(url: str) -> Iterator[Headend]:
    """The town's head-end, speaking to the site of `url`; nobody else runs the town meanwhile. Raises TownError."""
    store = Store(town_folder())
    with store.alone():
        plan = store.plan()
        if plan is None:
            raise TownError("there is no town yet: `manage.py town` makes one")
        token = store.token()
        yield Headend(wake(store, plan), store, lambda patience: Gateway(url, token, patience))


def town_folder() -> Path:
    """Where the town keeps what it needs."""
    return Path(settings.DATA_FOLDER) / "town"


def tariff_book() -> TariffBook:
    """The tariffs of the utility's file: a town stands without a database."""
    return file_book()


def households(plan: Plan) -> Households:
    divisions = [office.division for office in settings.UTILITY.offices] or ["Centre"]
    return settle(plan.meters, plan.seed, divisions)


def wake(store: Store, plan: Plan) -> Meters:
    """The town's meters as they were left."""
    homes, calendar = households(plan), Calendar(settings.UTILITY)
    chosen = [read_shape(Path(path)) for path in plan.shapes] or shipped()
    state = store.state() or Meters.fresh(homes, calendar, plan.first_slot * QUARTER + homes.stagger)
    return Meters(homes, Loads(homes, chosen, calendar), tariff_book(), calendar, state)


def _kept(store: Store) -> Plan | None:
    """The town that is there; none where its database is gone, and the folder then begins anew."""
    plan = store.plan()
    if plan and reads.find(households(plan).number[0]) is None:
        store.forget()
        return None
    return plan


def _found(store: Store, plan: Plan, progress: OnProgress) -> None:
    """Loads the meters, makes the gateway that speaks for them, and writes down which town it is."""
    progress("Loading the meters", 0, plan.meters)
    path = register.write(store.folder, households(plan), plan.first_slot * QUARTER, people=False)
    register.load(path)
    store.keep_token(register.gateway_token())
    store.keep_plan(plan)
    progress("Loading the meters", plan.meters, plan.meters)


def _continue(store: Store, plan: Plan, url: str, progress: OnProgress) -> Plan:
    meters, gateway = wake(store, plan), Gateway(url, store.token(), PATIENCE)
    meters.state.held[:] = FREE
    try:
        for door, path in store.unsent():
            gateway.events(path.read_bytes()) if door == "events" else gateway.readings(path.read_bytes())
            path.unlink()
        fill(meters, store, gateway, int(time.time()), lambda done, total: progress("Filling in the history, hours", done, total))
    finally:
        gateway.close()
    progress("Sending the bills", 0, 1)
    billing.send(meters, store, url, int(time.time()))
    progress("Sending the bills", 1, 1)
    if plan.peopled:
        return plan
    _wait_for_the_rules(progress)
    progress("Linking the people", 0, plan.meters)
    register.load(register.write(store.folder, meters.homes, plan.first_slot * QUARTER, people=True))
    progress("Linking the people", plan.meters, plan.meters)
    peopled = replace(plan, peopled=True)
    store.keep_plan(peopled)
    return peopled


def _wait_for_the_rules(progress: OnProgress) -> None:
    """Until no change of the history waits for `watch`. Goes on without where nobody reads them (no `watch` runs)."""
    most = left = reads.changes_waiting()
    moved = time.monotonic()
    while left and time.monotonic() < moved + 5:
        progress("The rules read the history", most - left, most)
        time.sleep(0.1)
        now = reads.changes_waiting()
        if now < left:
            moved, left = time.monotonic(), now
            progress("The rules read the history", most - left, most)
