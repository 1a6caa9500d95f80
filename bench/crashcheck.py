"""What is stored, told and sent after the crashes, beside what must be: readings, states, days, stages, notifications, pushes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.crashpeer import Phones
from bench.crashpeople import Devices
from bench.crashtown import FIRST, Gateways, Ints, Town
from tests.plainmeter import PlainMeter

Told = tuple[int, str, str]
SHOWN = ("", "late", "centre only")
DONE = ("sent", "displayed", "opened")


@dataclass
class Found:
    """How many were looked at, lost, and there twice, by what they are; `notes` name some."""

    checked: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def compare(self, what: str, expected: Counter[Any], there: Counter[Any]) -> None:
        missing, more = expected - there, there - expected
        self.checked[what] += expected.total()
        self.lost[what] += missing.total()
        self.doubled[what] += more.total()
        self.notes += [f"{what} lost: {one}" for one in list(missing)[:3]] + [f"{what} too many: {one}" for one in list(more)[:3]]

    def hold(self, what: str, right: bool, note: object) -> None:
        """One more looked at; where it is not right, it counts as lost."""
        self.checked[what] += 1
        if not right:
            self.lost[what] += 1
            self.notes.append(f"{what}: {note}")


def check(town: Town, gateways: Gateways, phones: Phones, devices: Devices) -> Found:
    """Everything, by the database and by the phones."""
    from bijoli.metering.models import Meter

    found = Found()
    places = {pk: int(number) - FIRST for pk, number in Meter.objects.values_list("pk", "number")}
    sweeps = np.array([gateways.sent[gateways.lane_of(meter)] for meter in range(town.meters)])
    _readings(found, town, sweeps, places)
    _states(found, town, sweeps, places)
    models = {meter: town.model(meter, int(sweeps[meter]), gateways.events) for meter in range(town.restless)}
    told = {meter: _told(model) for meter, model in models.items()}
    _stages(found, told, places)
    _tellings(found, told, {meter: model.over for meter, model in models.items()}, places, devices, phones)
    found.hold("messages that a phone can read", not phones.bad, phones.bad[:3])
    return found


def _readings(found: Found, town: Town, sweeps: Ints, places: dict[int, int]) -> None:
    """Every reading that was acknowledged, once, with its values, after reading all segments back."""
    from bijoli.metering import localday, segments
    from bijoli.metering.columns import MISSING
    from bijoli.metering.models import Segment

    parts = []
    for number, day, body in Segment.objects.values_list("pk", "day", "body"):
        rows = segments.unpack(bytes(body), number)
        rows[segments.AT] += localday.midnight(day)
        parts.append(rows[[segments.METER, segments.AT, segments.BALANCE, segments.REGISTER, segments.LOAD, segments.RELAY]].T)
    stored = _distinct(np.concatenate(parts))
    numbers = np.empty(town.meters, np.int64)
    numbers[list(places.values())] = list(places)
    meter, sweep = np.nonzero(np.arange(town.at.shape[1]) < sweeps[:, None])
    balance = np.where(town.known, town.balance, MISSING)
    columns = [numbers[meter], *(each[meter, sweep] for each in (town.at, balance, town.register, town.load, town.relay))]
    expected = _distinct(np.column_stack(columns))
    found.checked["readings"] += len(expected)
    both = len(_distinct(np.concatenate([stored, expected])))
    found.lost["readings"] += both - len(stored)
    found.doubled["readings"] += both - len(expected)
    _read_back(found, expected)


def _read_back(found: Found, expected: Ints) -> None:
    """As the site reads them: some meters' readings, each time once."""
    from datetime import UTC, datetime

    from bijoli.metering import raw

    for meter in np.unique(expected[:, 0])[::97].tolist():
        own = expected[expected[:, 0] == meter]
        span = [datetime.fromtimestamp(at, UTC) for at in own[[0, -1], 1].tolist()]
        there = [(int(one.at.timestamp()), one.register_wh, one.load_w, one.relay) for one in raw.of_meter(meter, *span)]
        found.hold("meters read back", there == [tuple(row) for row in own[:, [1, 3, 4, 5]].tolist()], meter)


def _distinct(rows: Ints) -> Ints:
    order = np.lexsort(rows.T[::-1])
    rows = rows[order]
    return rows[np.append(True, (np.diff(rows, axis=0) != 0).any(axis=1))]


def _states(found: Found, town: Town, sweeps: Ints, places: dict[int, int]) -> None:
    """The newest values, and the days: first and last register and balance, highest load."""
    from bijoli.metering import localday
    from bijoli.metering.models import MeterState
    from bijoli.metering.rolled import meter_days

    days = meter_days(places, 0, 10**6)
    for state in MeterState.objects.all():
        meter = places[state.pk]
        count, own = int(sweeps[meter]), slice(0, int(sweeps[meter]))
        at, known = town.at[meter, own], np.flatnonzero(town.known[meter, own])
        last = count - 1
        expected = [at[last], town.balance[meter, known[-1]], town.register[meter, last], town.load[meter, last], town.relay[meter, last]]
        there = [state.last_at, state.balance_paisa, state.register_wh, state.load_w, state.relay]
        found.hold("states", there == expected, (meter, there, expected))
        for day in np.unique(local := localday.days(at)).tolist():
            rows = np.flatnonzero(local == day)
            ends, with_balance = days[state.pk].get(day), rows[town.known[meter, rows]]
            highest = rows[np.argmax(town.load[meter, rows])]
            first, end = (town.register[meter, rows[0]], town.register[meter, rows[-1]])
            money = [town.balance[meter, with_balance[place]] if len(with_balance) else None for place in (0, -1)]
            expected = [first, end, *money, town.load[meter, highest], at[highest]]
            told = [ends.first_wh, ends.last_wh, ends.first_paisa, ends.last_paisa, ends.max_w, ends.max_at] if ends else []
            found.hold("days", told == expected, (meter, day, told, expected))


def _told(model: PlainMeter) -> list[Told]:
    """What must have been told. "Still off" is told by the clock, its time is nobody's promise."""
    return [(0 if code == "Z3" else at, code, reason) for at, code, reason in model.told]


def _stages(found: Found, models: dict[int, list[Told]], places: dict[int, int]) -> None:
    from bijoli.alerts.models import Stage

    rows = Stage.objects.values_list("episode__meter_id", "at", "code", "suppressed")
    there = Counter((places[meter], 0 if code == "Z3" else int(at.timestamp()), code, why) for meter, at, code, why in rows)
    found.compare("stages", Counter((meter, *one) for meter, told in models.items() for one in told), there)


def _tellings(
    found: Found,
    models: dict[int, list[Told]],
    over: dict[int, list[tuple[int, str]]],
    places: dict[int, int],
    devices: Devices,
    phones: Phones,
) -> None:
    """A notification for each person, a delivery for each phone, a push at the phone, under one name however often it came."""
    from bijoli.delivery.models import Delivery, Notification

    shown = {meter: [one for one in told if one[2] in SHOWN] for meter, told in models.items()}
    expected = Counter((meter, at, code, person[0]) for meter, told in shown.items() for at, code, _ in told for person in devices[meter])
    owner = {path: person[0] for people in devices.values() for person in people for path in person}
    first = _first_phone(owner)
    rows = Notification.objects.values_list("meter_id", "at", "code", "customer_id")
    there = Counter(
        (places[meter], 0 if code == "Z3" else int(at.timestamp()), code, first[customer]) for meter, at, code, customer in rows
    )
    found.compare("notifications", expected, there)
    pushes = Counter(
        (meter, at, code, path) for meter, told in shown.items() for at, code, why in told if not why for p in devices[meter] for path in p
    )
    sent: Counter[Any] = Counter()
    known: dict[tuple[str, str], str] = {}
    names = ("notification__meter_id", "notification__at", "notification__code", "device__endpoint", "status", "notification__public_id")
    for meter, at, code, endpoint, status, public in Delivery.objects.filter(device__isnull=False).values_list(*names):
        path = endpoint.rpartition("/")[2]
        sent[places[meter], 0 if code == "Z3" else int(at.timestamp()), code, path] += 1
        known[path, str(public)] = status
        found.ended[status] += 1
        right = status in DONE or (status == "superseded" and _replaced(over[places[meter]], int(at.timestamp()), code))
        found.hold("deliveries that ended well", right, (places[meter], code, status))
        if status in DONE:
            found.hold("pushes at the phone", (path, str(public)) in phones.seen, (places[meter], code, path))
    found.compare("deliveries", pushes, sent)
    for key, message in phones.seen.items():
        if key not in known or len(message.names) != 1:
            found.doubled["pushes under another name"] += 1
            found.notes.append(f"another name: {key} {message}")


def _replaced(over: list[tuple[int, str]], at: int, code: str) -> bool:
    """Whether the condition ended later: a push of it that had not left by then need not leave any more."""
    kinds = {"L": ("low", "zero"), "Z": ("zero",), "O": ("overload",)}.get(code[0], ())
    return any(later > at and kind in kinds for later, kind in over)


def _first_phone(owner: dict[str, str]) -> dict[int, str]:
    """By customer: the first of their phones, their name in the town."""
    from bijoli.delivery.models import Device

    found: dict[int, str] = defaultdict(str)
    for customer, endpoint in Device.objects.values_list("customer_id", "endpoint"):
        found[customer] = owner[endpoint.rpartition("/")[2]]
    return found
