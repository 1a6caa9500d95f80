"""The simulated meters: registers that run by the load shapes, prepaid balances that fall by the slabs, people who recharge.

Everything follows from the town's seed and the state below, so a town that was stopped goes on as if it had not been.
Energy is kept in watt-seconds, so that no rounding is lost between two readings.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import numpy as np
from django.conf import settings

from bijoli.core.tariff import TariffBook
from bijoli.simulator.calendar import Calendar
from bijoli.simulator.chance import Ints, chance
from bijoli.simulator.household import AMOUNTS, Households
from bijoli.simulator.loads import Loads
from bijoli.simulator.people import DEMO_PLACES
from bijoli.simulator.vending.rule import Rules, Split, rules_of
from bijoli.simulator.vending.store import Credit
from bijoli.tariffs.columns import Costs

CLOSED, OPEN_CREDIT, OPEN_OVERLOAD, OPEN_OTHER = 1, 2, 3, 4
FREE, VISITOR, VISITOR_KEEPS_SUPPLY = 0, 1, 2
HOUR = 3600
MONTHS = 8


@dataclass(slots=True)
class State:
    """What changes: one row a meter. Saved with the town; `at` is the meter's last reading."""

    at: Ints
    register_ws: Ints
    month: Ints  # local month of `at`, months since 1970
    month_ws: Ints  # the register when the month began
    balance: Ints  # paisa; 0 and unused for postpaid
    due: Ints  # months of demand charge and rent not yet taken; -1 where the next month's were taken before the meter's month turned
    relay: Ints
    held: Ints  # whether a visitor caused something here, so that the household leaves the recharge to the visitor
    taken: Ints  # the last of the head-end's credits (its place in their sequence) that the meter has
    turns: Ints  # a row of MONTHS: the register in Wh when the running month began, when the one before began …; -1: not known

    def copy(self) -> State:
        return State(*(getattr(self, field.name).copy() for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Readings:
    """What meters report, in columns; `rows` are positions in the town. Balances of postpaid meters mean nothing."""

    rows: Ints
    at: Ints
    balance: Ints
    register_wh: Ints
    load_w: Ints
    relay: Ints


@dataclass(frozen=True, slots=True)
class Recharge:
    """One recharge that was put on a meter."""

    row: int
    at: int
    order: str
    split: Split
    channel: str
    tokens: tuple[str, ...] = ()


class Meters:
    """All meters of a town. `advance` moves some of them to their next reading."""

    def __init__(self, homes: Households, loads: Loads, book: TariffBook, calendar: Calendar, state: State) -> None:
        self.homes, self.loads, self.book, self.calendar, self.state = homes, loads, book, calendar, state
        self.rules: Rules = rules_of(Path(settings.UTILITY_FOLDER))
        self._costs: dict[int, Costs] = {}

    @staticmethod
    def fresh(homes: Households, calendar: Calendar, at: Ints) -> State:
        """The state of a town whose meters' last reading was at `at`: registers of meters some years old, paid balances."""
        register = ((0.5 + 5 * chance(homes.seed, homes.key, 0, 10)) * homes.mean_w * 365 * 24 * HOUR).astype(np.int64)
        nothing = np.zeros(len(homes), dtype=np.int64)
        closed = np.full(len(homes), CLOSED, dtype=np.int64)
        month, balance = calendar.months(at), homes.starts_with.copy()
        begun = np.full((len(homes), MONTHS), -1, dtype=np.int64)
        begun[:, 0] = register // HOUR
        return State(at.copy(), register, month, register.copy(), balance, nothing.copy(), closed, nothing.copy(), nothing, begun)

    def advance(self, rows: Ints, at: Ints, *, live: bool = False) -> tuple[Readings, list[Recharge]]:
        """The meters of `rows` report at `at`. With `live`, the demo person's own meters are left to the visitor's recharges."""
        last = self.state.at[rows]
        load = self.draw(rows, at)
        recharges = self._people_recharge(rows, last, at, live)
        self._switch(rows, at)
        return self.readings(rows, load), recharges

    def draw(self, rows: Ints, at: Ints, load: Ints | None = None) -> Ints:
        """Electricity flows until `at`, by the shapes or with a given load: registers rise, balances fall. Returns the load."""
        state = self.state
        if load is None:
            load = np.where(state.relay[rows] == CLOSED, self.loads.at(rows, at), 0)
        self._turn_month(rows, at)
        self._consume(rows, load * (at - state.at[rows]))
        state.at[rows] = at
        return load

    def readings(self, rows: Ints, load: Ints) -> Readings:
        """What the meters show now, with this load."""
        state = self.state
        return Readings(rows, state.at[rows], state.balance[rows], state.register_ws[rows] // HOUR, load, state.relay[rows])

    def month_wh(self, rows: Ints) -> Ints:
        """Energy of the month so far, by the register."""
        return np.asarray(self.state.register_ws[rows] // HOUR - self.state.month_ws[rows] // HOUR)

    def recharge(self, row: int, at: int, gross: int, channel: str) -> Recharge:
        """Puts `gross` paisa on a meter, split by the head-end's own rule. Raises ValueError where it does not pay what is due."""
        split = self._split(row, at, gross)
        if not split.enough:
            due = (split.vat + split.demand + split.rent) / 100
            raise ValueError(f"৳ {gross / 100:.2f} does not pay the charges that are due, ৳ {due:.2f}: recharge more")
        self.state.balance[row] += split.credited
        self.state.due[row] = min(0, int(self.state.due[row]))
        return Recharge(row, at, f"{self.calendar.local(at):%Y%m%d%H%M%S}{row % 10_000:04d}", split, channel)

    def put(self, credit: Credit, row: int, at: int) -> Recharge:
        """Puts a credit on a meter that the head-end has sold and split. The meter knows from now on that it has it."""
        state = self.state
        state.balance[row] += credit.split.credited
        state.due[row] = state.month[row] - credit.charged
        state.taken[row] = credit.seq
        return Recharge(row, at, credit.number, credit.split, credit.channel, credit.tokens)

    def _turn_month(self, rows: Ints, at: Ints) -> None:
        """A new month starts its slabs at zero and adds a month of charges, also where the meter was silent for several."""
        state, months = self.state, self.calendar.months(at)
        turned = months != state.month[rows]
        if turned.any():
            these = rows[turned]
            passed = months[turned] - state.month[these]
            state.due[these] += passed
            state.month[these] = months[turned]
            state.month_ws[these] = state.register_ws[these]
            for row, count in zip(these.tolist(), passed.tolist(), strict=True):
                state.turns[row] = np.concatenate([np.repeat(state.register_ws[row] // HOUR, count), state.turns[row]])[:MONTHS]

    def _consume(self, rows: Ints, watt_seconds: Ints) -> None:
        state = self.state
        before = self.month_wh(rows)
        state.register_ws[rows] += watt_seconds
        costs = self._tables(int(state.month[rows[0]]))
        fall = costs.month(rows, self.month_wh(rows)) - costs.month(rows, before)
        state.balance[rows] -= np.where(self.homes.prepaid[rows], fall, 0)

    def _people_recharge(self, rows: Ints, last: Ints, at: Ints, live: bool) -> list[Recharge]:
        """People who are awake, and whose balance is under what they mind, get round to it; without supply they hurry."""
        state, homes = self.state, self.homes
        minded = (state.balance[rows] < homes.calls_at[rows]) | (state.relay[rows] == OPEN_CREDIT)
        thinking = homes.prepaid[rows] & minded & (state.held[rows] == FREE)
        if live:
            thinking &= rows >= len(DEMO_PLACES)
        if not thinking.any():
            return []
        rows, last, at = rows[thinking], last[thinking], at[thinking]
        haste = np.where(state.relay[rows] == OPEN_CREDIT, 0.4, 0.06)
        moved = (chance(homes.seed, homes.key[rows], at, 11) < haste) & self.calendar.awake(at)
        these = zip(rows[moved].tolist(), last[moved].tolist(), at[moved].tolist(), strict=True)
        return [self._own_recharge(*one) for one in these]

    def _own_recharge(self, row: int, last: int, at: int) -> Recharge:
        """A person's usual amount, or the next one that pays the charges and leaves something; some seconds before the reading."""
        wished = int(self.homes.amount[row])
        enough = [amount for amount in AMOUNTS if amount >= wished and self._split(row, at, amount).credited > wished // 3]
        key = self.homes.key[row : row + 1]
        earlier = 20 + int(400 * chance(self.homes.seed, key, at, 12)[0])
        channel = ("bKash", "Nagad", "Rocket", "Agent")[int(4 * chance(self.homes.seed, key, at, 13)[0])]
        return self.recharge(row, max(at - earlier, last + 1), (enough or [4 * AMOUNTS[-1]])[0], channel)

    def _split(self, row: int, at: int, gross: int) -> Split:
        homes, due, day = self.homes, max(0, int(self.state.due[row])), self.calendar.local(at).date()
        load_w, phases = int(homes.sanctioned_w[row]), int(homes.phases[row])
        return self.rules.split(gross, homes.tariff[row], day, sanctioned_w=load_w, phases=phases, months=due)

    def _switch(self, rows: Ints, at: Ints) -> None:
        """Supply is cut for a finished balance outside protected hours and comes back with the recharge; after an overload it
        comes back by itself, and what a clerk switched off stays off."""
        empty = self.homes.prepaid[rows] & (self.state.balance[rows] <= 0)
        relay, kept = self.state.relay[rows], self.state.held[rows] == VISITOR_KEEPS_SUPPLY
        cut = empty & ~kept & ((relay == OPEN_CREDIT) | ~self.calendar.protected(at))
        self.state.relay[rows] = np.where(relay == OPEN_OTHER, OPEN_OTHER, np.where(cut, OPEN_CREDIT, CLOSED))

    def _tables(self, month: int) -> Costs:
        """The slabs in force on a month's first day; a tariff that changes within a month counts from the next one."""
        if month not in self._costs:
            self._costs = {month: Costs.of(self.book, self.homes.tariff, date(1970 + month // 12, month % 12 + 1, 1))}
        return self._costs[month]
