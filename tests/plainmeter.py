"""The rules of the alerts said once more, in the plainest way: one meter, one reading after the other, nothing shared with the program.

Written from the specification ("What is told when", docs/alerts.md) as an oracle for property tests and for the crash run. No filter, no
batches, no database, no look ahead: each thing a meter tells is taken when it comes. Paisa, W, seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HOUR, DAY = 3600, 86_400
UNREPORTED, CLOSED, OPEN_CREDIT, OPEN_OVERLOAD = 0, 1, 2, 3
LATE_AFTER, GRAVE = 6 * HOUR, {"L3", "Z1", "Z2", "Z3", "O2", "O3"}
LEAST_GAP = {"L1": 72 * HOUR, "L2": 12 * HOUR, "L3": 6 * HOUR, "O1": HOUR, "O2": 900, "O3": HOUR}


@dataclass
class Episode:
    """One condition that lasts. `pushed`: last push of each stage; `said`: stages recorded; `calm_since`: a held one waits."""

    kind: str
    opened: int
    held: bool
    calm_since: int | None = None
    shown: bool = False
    pushed: dict[str, int] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    look_at: int = 0
    armed: bool = True
    off_since: int | None = None
    z3: int = 0
    trips: list[int] = field(default_factory=list)
    o1: list[int] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    repeats: list[int] = field(default_factory=list)


class PlainMeter:
    """`told` is (meter time, stage, why it was not pushed or ""); `over` when a condition ended, by kind; `open` the episodes by kind."""

    def __init__(self, *, sanctioned: int = 5000, own: tuple[int, ...] = (), prepaid: bool = True) -> None:
        self.sanctioned, self.own, self.prepaid = sanctioned, own, prepaid
        self.told: list[tuple[int, str, str]] = []
        self.over: list[tuple[int, str]] = []
        self.open: dict[str, Episode] = {}
        self.openings: dict[str, list[int]] = {}
        self.last = self.load_at = self.received = self.balance_at = self.paid = self.credited = 0
        self.balance: int | None = None
        self.load: int | None = None
        self.relay, self.calm, self.l1 = UNREPORTED, 0, -(10**12)
        self.run_out: int | None = None

    # What the meter tells

    def reading(
        self,
        at: int,
        received: int,
        balance: int | None = None,
        load: int | None = None,
        relay: int = UNREPORTED,
        *,
        estimated: bool = False,
    ) -> None:
        """Estimates, repeats and what is older than the last reading alert nobody; unknown changes nothing."""
        if estimated or at <= self.last:
            return
        self.last, self.received = at, received
        before, relay_before = self.balance, self.relay
        self.balance = before if balance is None else balance
        self.balance_at = self.balance_at if balance is None else at
        self.relay = relay or relay_before
        turned = relay not in (UNREPORTED, relay_before)
        if self.prepaid:
            self._balance(at, balance, before, turned)
        self._load(at, load, tripped=turned and relay == OPEN_OVERLOAD)

    def tamper(self, at: int, received: int, kind: str) -> None:
        """The first signal; later a second class, or five repeats in 24 hours, once."""
        self.received = received
        episode = self.open.get("tamper")
        if episode is None:
            episode = self._opens("tamper", at)
            episode.classes.add(kind)
            self._say(episode, "T1", at)
            return
        episode.classes.add(kind)
        episode.repeats = [each for each in episode.repeats if at - each < DAY] + [at]
        if "T2" not in episode.said and (len(episode.classes) > 1 or len(episode.repeats) >= 5):
            self._say(episode, "T2", at)

    def finding(self, now: int) -> None:
        """Staff looked: the latch opens."""
        self.received = now
        self._say(self.open.pop("tamper"), "TR", now)

    def tick(self, now: int) -> None:
        """What only time brings."""
        self.received = now
        for episode in list(self.open.values()):
            if episode.calm_since is not None:
                if now - episode.calm_since >= 6 * HOUR:
                    self._calm(episode, now)
            elif episode.kind == "low" and episode.waiting and now >= episode.look_at:
                self._low(self.balance_at, self.balance, None)
            elif episode.kind == "zero" and episode.off_since is not None:
                self._still_off(episode, episode.off_since, now)
            elif episode.kind == "overload":
                self._overload_tick(episode, now)

    # Balance

    def _balance(self, at: int, balance: int | None, before: int | None, turned: bool) -> None:
        off = turned and self.relay == OPEN_CREDIT
        zero = self.open.get("zero")
        if off or (balance is not None and balance <= 0):
            self.open.pop("low", None)  # the graver stands above it
            zero = zero or self._opens("zero", at)
            self._finished(zero, at, off)
        elif zero is None:
            self._low(at, balance, before)
        elif zero.calm_since is None and self.relay <= CLOSED and (self.balance or 0) > 0:
            self._restored(zero, at)
        elif zero.off_since is not None and turned and self.relay == CLOSED:
            zero.off_since, zero.z3 = None, 0

    def _finished(self, zero: Episode, at: int, off: bool) -> None:
        zero.calm_since = None
        if off:
            zero.off_since = zero.off_since if zero.off_since is not None else at
            if zero.armed:
                zero.armed = False
                self._say(zero, "Z2", at)
        elif "Z1" not in zero.said and "Z2" not in zero.said:
            self._say(zero, "Z1", at)
        elif self.relay == CLOSED:
            zero.off_since, zero.z3 = None, 0

    def _restored(self, zero: Episode, at: int) -> None:
        self.over.append((at, "zero"))
        if zero.held:
            zero.calm_since, zero.off_since, zero.z3, zero.armed = at, None, 0, True
            return
        del self.open["zero"]
        if zero.shown:
            self._say(zero, "ZR", at)
        self._low(at, self.balance, None, by_restored=True)

    def _still_off(self, zero: Episode, since: int, now: int) -> None:
        """After two hours, then daily, three times at most; days on which nobody looked are passed over."""
        days = (now - since - 2 * HOUR) // DAY
        if now - since < 2 * HOUR or days < zero.z3 or (self.balance or 0) > 0:
            return
        zero.z3 = days + 1
        if days < 3:
            self._say(zero, "Z3", now)

    def _held_at(self, balance: int) -> set[str]:
        soon = self.run_out if self.run_out is not None else 10**9
        held = {"L1"} if balance < 100_00 else set()
        held |= {"L2"} if balance < 50_00 or soon < 24 * HOUR else set()
        held |= {"L3"} if soon < 6 * HOUR else set()
        return held | {f"L0 {limit}" for limit in self.own if balance < limit}

    def _low(self, at: int, balance: int | None, before: int | None, *, by_restored: bool = False) -> None:
        if balance is None:
            return
        low, held = self.open.get("low"), self._held_at(balance)
        if low is None:
            if held:
                low = self._opens("low", at)
                self._cross(low, held, at, "told by restored" if by_restored else "")
            return
        rose = before is not None and balance - before >= 100
        if balance * 10 >= max(100_00, *self.own, 0) * 12:
            self._well(low, at)
            return
        low.calm_since = None if held else low.calm_since
        low.reached &= held if rose else low.reached
        self._cross(low, held - low.reached, at)

    def _cross(self, low: Episode, crossed: set[str], at: int, reason: str = "") -> None:
        """While a paid recharge is on its way, or one came that the reading does not know, what is crossed waits."""
        wait = max(self.paid + HOUR // 2, self.credited + 6 * HOUR if at < self.credited else 0)
        held = wait > self.received and not reason
        fresh = crossed - low.waiting if held else crossed
        self._say_highest(low, fresh, at, reason, "recharge" if held else "")
        waits = fresh if held and fresh and self.told[-1][2] == "recharge" else set()
        low.waiting = waits | (low.waiting & crossed if held else set())
        low.reached |= crossed - low.waiting
        low.look_at = min(wait, self.received + HOUR // 2)

    def _well(self, low: Episode, at: int) -> None:
        self.over.append((at, "low"))
        if low.held:
            low.calm_since, low.reached, low.waiting = low.calm_since if low.calm_since is not None else at, set(), set()
        else:
            del self.open["low"]

    def _say_highest(self, low: Episode, crossed: set[str], at: int, reason: str, held: str) -> None:
        for code in ("L3", "L2", "L1"):
            if code in crossed:
                near = code == "L1" and at - self.l1 < DAY
                return self._say(low, code, at, reason or ("gap" if near else ""), held)
        for _ in crossed:
            self._say(low, "L0", at, reason, held)
        return None

    # Load

    def _load(self, at: int, load: int | None, *, tripped: bool) -> None:
        if tripped:
            self.calm = 0
        elif load is not None:
            self.calm = min(self.calm + 1, 2) if load * 100 <= self.sanctioned * 95 else 0
        if load is not None:
            self.load, self.load_at = load, at
        over = load is not None and load > self.sanctioned
        high = load is not None and load * 100 > self.sanctioned * 110
        episode = self.open.get("overload")
        if episode is None:
            if not (over or tripped):
                return
            episode = self._opens("overload", at)
        self._overload(episode, at, over=over, high=high, tripped=tripped, calm=load is not None and load * 100 <= self.sanctioned * 95)

    def _overload(self, episode: Episode, at: int, *, over: bool, high: bool, tripped: bool, calm: bool) -> None:
        if over or tripped:
            episode.calm_since = None
        arming, episode.armed = episode.armed, (episode.armed or calm) and not high
        if tripped:
            episode.trips = [each for each in episode.trips if at - each <= HOUR] + [at]
            self._say(episode, "O3" if len(episode.trips) >= 3 else "O2", at)
        elif high and arming:
            self._say(episode, "O2", at)
        elif over and not episode.said:
            self._o1(episode, at)
        elif self.calm == 2 and calm and not episode.trips and episode.calm_since is None:
            self._normal(episode, at)

    def _o1(self, episode: Episode, at: int) -> None:
        if self._say(episode, "O1", at):
            episode.o1 = [each for each in episode.o1 if at - each < DAY] + [at]

    def _normal(self, episode: Episode, at: int) -> None:
        self.over.append((at, "overload"))
        if episode.held:
            episode.calm_since, episode.trips = at, []
            return
        del self.open["overload"]
        if episode.shown:
            self._say(episode, "OR", at)

    def _overload_tick(self, episode: Episode, now: int) -> None:
        if episode.trips and self.calm == 2 and now - episode.trips[-1] >= HOUR:
            self._normal(episode, now)
            return
        told = max([episode.opened, *episode.pushed.values()])
        still = self.load is not None and self.load > self.sanctioned and now - self.load_at <= HOUR
        often = len([each for each in episode.o1 if now - each < DAY]) >= 3
        if still and now - told >= HOUR and not episode.held and not often:
            self._o1(episode, now)

    # All kinds

    def _opens(self, kind: str, at: int) -> Episode:
        before = self.openings.setdefault(kind, [])
        held = kind != "tamper" and sum(at - each < DAY for each in before) >= 3
        before.append(at)
        self.open[kind] = Episode(kind, at, held)
        return self.open[kind]

    def _calm(self, episode: Episode, now: int) -> None:
        """Six hours without it: a held episode ends, unless the newest values say that it is there again."""
        del self.open[episode.kind]
        if episode.shown and episode.kind != "low":
            self._say(episode, "ZR" if episode.kind == "zero" else "OR", now)
        if episode.kind == "zero":
            self._low(now, self.balance, None)

    def _say(self, episode: Episode, code: str, at: int, reason: str = "", held: str = "") -> bool:
        """Records a stage; whether it is pushed."""
        last = episode.pushed.get(code)
        late = self.received - at > LATE_AFTER
        if not reason and last is not None and at - last < LEAST_GAP.get(code, 0):
            reason = "gap"
        if not reason and code == "OR":
            reason = "centre only"
        if not reason and episode.held and code not in GRAVE:
            reason = "flap"
        reason = reason or ("late" if late else "") or held
        self.told.append((at, code, reason))
        episode.said.add(code)
        episode.shown = episode.shown or reason in ("", "late", "centre only")
        if not reason:
            episode.pushed[code] = at
            self.l1 = at if code == "L1" else self.l1
        return not reason
