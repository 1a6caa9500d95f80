"""A meter in memory: it keeps what `record` keeps in its state row, hands on only what `record` would hand on, and asks the real rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bijoli.core.alerts import Context, Decision, Observation, Reached, Snapshot, Standing, decide, dump, found, load, remind
from bijoli.core.conditions import Relay, balance_band, balance_edges, load_band, rose
from bijoli.core.utility import ProtectedHours, Thresholds, Utility

DHAKA = ZoneInfo("Asia/Dhaka")
PLAIN = Utility(name={"en": "Test"}, short_name={"en": "T"}, hotline="16000")
PROTECTING = replace(PLAIN, protected=ProtectedHours(time(16), time(10), weekly_days=(4, 5)))
THRESHOLDS = Thresholds()


class Meter:
    """One meter of 5 kW. Readings come 15 minutes apart unless told otherwise; balances are said in taka, loads in kW."""

    def __init__(
        self,
        *,
        utility: Utility = PLAIN,
        prepaid: bool = True,
        sanctioned_w: int | None = 5000,
        own_limits: tuple[int, ...] = (),
        filtered: bool = True,
        ticks: bool = False,
        start: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=DHAKA),
    ) -> None:
        limits = tuple(sorted(taka * 100 for taka in own_limits))
        self.context = Context(utility, prepaid=prepaid, sanctioned_w=sanctioned_w, own_limits=limits)
        self.filtered, self.ticks = filtered, ticks
        self.now, self.step = start, timedelta(minutes=15)
        self.standing = Standing()
        self.stages: list[Reached] = []
        self.decisions: list[Decision] = []
        self.balance: int | None = None
        self.band: int | None = None
        self.load: int | None = None
        self.load_band: int | None = None
        self.calm = 0
        self.relay = Relay.UNKNOWN

    # time

    def wait(self, **time_: float) -> Meter:
        self.now += timedelta(**time_)
        return self

    def to(self, at: datetime) -> Meter:
        self.now = at
        return self

    # what the meter tells

    def balances(self, *taka: float | None, relay: Relay = Relay.UNKNOWN) -> Meter:
        for value in taka:
            self.reading(taka=value, relay=relay)
        return self

    def loads(self, *kilowatts: float | None) -> Meter:
        for value in kilowatts:
            self.reading(kw=value)
        return self

    def relays(self, *relays: Relay) -> Meter:
        for relay in relays:
            self.reading(relay=relay)
        return self

    def reading(
        self, taka: float | None = None, kw: float | None = None, relay: Relay = Relay.UNKNOWN, *, quality: str = "known", late_s: int = 0
    ) -> Meter:
        """One reading; then the clock goes on by a step. An estimated one goes to the graphs alone."""
        paisa = None if taka is None else round(taka * 100)
        watts = None if kw is None else round(kw * 1000)
        if quality == "known":
            self._read(paisa, watts, relay, late_s)
        return self.wait(seconds=self.step.total_seconds())

    def event(self, kind: str, *, begins: bool | None = True, code: str = "", late_s: int = 0) -> Meter:
        self._observe(
            Observation(
                self.now,
                self.now + timedelta(seconds=late_s),
                "event",
                before=self.balance,
                relay_before=self.relay,
                event_kind=kind,
                begins=begins,
                event_code=code,
            )
        )
        self._learn(kind)
        return self

    def credit(self, taka: float) -> Meter:
        self._observe(Observation(self.now, self.now, "credit", before=self.balance, relay_before=self.relay, credited=round(taka * 100)))
        return self

    def paid(self) -> Meter:
        """A recharge is paid and goes on its way."""
        self.context = replace(self.context, paid_at=int(self.now.timestamp()))
        return self

    def confirmed(self) -> Meter:
        """The head-end says that it is on the meter; the meter itself has told nothing yet."""
        self.context = replace(self.context, paid_at=None, credited_at=int(self.now.timestamp()))
        return self

    def tick(self) -> Meter:
        self._note(remind(self.context, self.standing, self.now))
        return self

    def finding(self, text: str = "seal in order") -> Meter:
        assert self.standing.tamper
        self._note([found(self.standing.tamper, text, self.now)])
        return self

    # what people see

    @property
    def pushed(self) -> list[str]:
        return [stage.code for stage in self.stages if stage.push]

    @property
    def recorded(self) -> list[tuple[str, str]]:
        return [(stage.code, stage.reason) for stage in self.stages]

    @property
    def open(self) -> set[str]:
        return {kind for kind in ("low", "zero", "overload", "tamper") if getattr(self.standing, kind)}

    # inside

    def _read(self, balance: int | None, watts: int | None, relay: Relay, late_s: int) -> None:
        wakes = [self._balance_wakes(balance, relay), self._load_wakes(watts, relay), self._relay_wakes(relay)]
        seen = Observation(
            self.now,
            self.now + timedelta(seconds=late_s),
            balance=balance,
            before=self.balance,
            load=watts,
            calm=self.calm,
            relay=relay,
            relay_before=self.relay,
        )
        self._keep(balance, watts, relay)
        if any(wakes) or not self.filtered:
            self._observe(seen)
        if self.ticks:
            self.tick()

    def _balance_wakes(self, balance: int | None, relay: Relay) -> bool:
        if balance is None:
            if relay == Relay.OPEN_CREDIT and self.band is None:
                self.band = -1  # the first balance that is known may end what the relay alone has opened
            return False
        edges = balance_edges(self.context.utility.thresholds, self.context.own_limits)
        band, before = balance_band(balance, edges), len(edges) if self.band is None else self.band
        self.band = band
        return band != before or (balance < edges[-1] and rose(self.balance, balance))

    def _load_wakes(self, watts: int | None, relay: Relay) -> bool:
        sanctioned, calm = self.context.sanctioned_w, self.calm
        band = load_band(watts, sanctioned, THRESHOLDS) if watts is not None and sanctioned else None
        if relay == Relay.OPEN_OVERLOAD != self.relay:
            self.calm = 0
        elif band is not None:
            self.calm = min(calm + 1, 2) if band == 0 else 0
        changed = band is not None and band != (self.load_band or 0)
        self.load_band = self.load_band if band is None else band
        return changed or (self.calm == 2 and calm != 2)

    def _relay_wakes(self, relay: Relay) -> bool:
        return relay not in (Relay.UNKNOWN, self.relay) and (self.relay != Relay.UNKNOWN or relay > Relay.CLOSED)

    def _keep(self, balance: int | None, watts: int | None, relay: Relay) -> None:
        self.balance = balance if balance is not None else self.balance
        self.load = watts if watts is not None else self.load
        self.relay = relay or self.relay
        time_ = int(self.now.timestamp())
        latest = self.context.latest
        latest = Snapshot(
            balance=self.balance,
            balance_at=latest.balance_at if balance is None else time_,
            load=self.load,
            load_at=latest.load_at if watts is None else time_,
            calm=self.calm,
            relay=self.relay,
            read_at=time_,
        )
        self.context = replace(self.context, latest=latest)

    def _learn(self, kind: str) -> None:
        """An event may open what only a later reading closes: that one must not pass as "nothing changed"."""
        if kind in ("zero_balance", "low_balance"):
            self.band = -1
        elif kind == "overload":
            self.calm = 0
        elif kind == "supply_off" and self.relay in (Relay.UNKNOWN, Relay.CLOSED):
            self.relay = Relay.OPEN_OTHER
        elif kind == "supply_on":
            self.relay = Relay.CLOSED
        self.context = replace(self.context, latest=replace(self.context.latest, relay=self.relay, calm=self.calm))

    def _observe(self, seen: Observation) -> None:
        self._note(decide(seen, self.context, self.standing, max(self.now, seen.received_at).astimezone(UTC)))

    def _note(self, decisions: list[Decision]) -> None:
        self.decisions += decisions
        self.stages += [stage for decision in decisions for stage in decision.stages]
        self.standing = self._through_json(self.standing.after(decisions))

    def _through_json(self, standing: Standing) -> Standing:
        """Between two observations the memory is a JSON text in a database."""
        kinds = {kind: getattr(standing, kind) for kind in ("low", "zero", "overload", "tamper")}
        return replace(standing, **{kind: load(kind, json.loads(json.dumps(dump(memory)))) for kind, memory in kinds.items() if memory})
