"""Why is there no power? What is known of a meter, its balance and its neighbours becomes one answer with one next step.

The order of the rules is the order of certainty: what the meter's own switch says first, then what the neighbours say, then silence.
Money in paisa, times aware; unknown is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bijoli.core.conditions import Relay

SILENT_AFTER = timedelta(hours=2)  # a meter that has told nothing for so long tells nothing of now
FEWEST = 5  # neighbours that must be known before they count
FAILED_PERMILLE = 200  # so many of a feeder's meters said that the voltage is gone: the feeder
FEWEST_FAILED = 3
SILENT_PERMILLE = 800  # so many fell silent while others still speak: the feeder

# Answers
NO_METER, NO_READING = "no meter", "no reading"
PLANNED, FEEDER = "planned", "feeder"
ON_ITS_WAY, CREDIT, OVERLOAD, TAMPER, SWITCHED_OFF = "on its way", "credit", "overload", "tamper", "switched off"
OWN_LINE, SILENT, CREDIT_SOON, SUPPLY_ON = "own line", "silent", "credit soon", "supply on"
# Next steps
RECHARGE, LOWER_LOAD, CALL, WAIT, REPORT, CHECK = "recharge", "lower load", "call", "wait", "report", "check"


@dataclass(frozen=True, slots=True)
class Feeder:
    """What the meters of the same feeder said lately: of `meters` that are known, `failed` have no voltage, `silent` fell silent.

    `others_speak`: meters elsewhere are heard at this time, so that silence is the feeder's and not ours.
    """

    meters: int = 0
    failed: int = 0
    silent: int = 0
    others_speak: bool = False
    since: datetime | None = None

    @property
    def out(self) -> bool:
        if self.meters < FEWEST:
            return False
        failed = self.failed >= FEWEST_FAILED and self.failed * 1000 >= self.meters * FAILED_PERMILLE
        return failed or (self.others_speak and self.silent * 1000 >= self.meters * SILENT_PERMILLE)

    @property
    def well(self) -> bool:
        """Whether enough neighbours are known to have power: most of them speak."""
        return self.meters >= FEWEST and not self.out and self.silent * 2 < self.meters


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one account's supply at `now`.

    `paid_at`: a recharge that was paid then is on its way. `planned_until`: end of the planned outage that was announced here and runs.
    `failed_at`: the meter's own newest word on its voltage was that it is gone. `trips_many`: the overload switch has opened three times
    or more.
    """

    now: datetime
    has_meter: bool = True
    prepaid: bool = True
    relay: Relay = Relay.UNKNOWN
    balance: int | None = None
    last_at: datetime | None = None
    failed_at: datetime | None = None
    paid_at: datetime | None = None
    tamper_since: datetime | None = None
    overload_since: datetime | None = None
    trips_many: bool = False
    planned_until: datetime | None = None
    protected_until: datetime | None = None
    feeder: Feeder = Feeder()

    @property
    def silent(self) -> bool:
        return self.last_at is None or self.now - self.last_at > SILENT_AFTER


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer with one next step. `since` is when it began, `until` when it likely ends, where that is known."""

    cause: str
    step: str
    since: datetime | None = None
    until: datetime | None = None


def why_off(known: Known) -> Answer:
    """The one answer."""
    if not known.has_meter:
        return Answer(NO_METER, CALL)
    return _by_switch(known) or _by_feeder(known) or _by_line(known)


def _by_switch(known: Known) -> Answer | None:
    """The meter itself has switched off: no neighbour's light changes that."""
    if known.relay == Relay.OPEN_CREDIT:
        if known.paid_at is not None:
            return Answer(ON_ITS_WAY, WAIT, known.paid_at)
        return Answer(CREDIT, RECHARGE, known.last_at)
    if known.relay == Relay.OPEN_OVERLOAD:
        return Answer(OVERLOAD, CALL if known.trips_many else LOWER_LOAD, known.overload_since or known.last_at)
    if known.relay == Relay.OPEN_OTHER:
        return Answer(TAMPER, CALL, known.tamper_since) if known.tamper_since else Answer(SWITCHED_OFF, CALL, known.last_at)
    return None


def _by_feeder(known: Known) -> Answer | None:
    """The whole neighbourhood has none, as announced or not. A meter that spoke just now has its voltage."""
    if known.planned_until is not None and known.now < known.planned_until:
        return Answer(PLANNED, WAIT, until=known.planned_until)
    if known.feeder.out and (known.failed_at is not None or known.silent or _heard_before(known, known.feeder.since)):
        return Answer(FEEDER, WAIT, known.feeder.since)
    return None


def _heard_before(known: Known, since: datetime | None) -> bool:
    return since is not None and known.last_at is not None and known.last_at <= since


def _by_line(known: Known) -> Answer:
    """This home alone."""
    if known.failed_at is not None:
        return Answer(OWN_LINE, REPORT, known.failed_at)
    if known.last_at is None:
        return Answer(NO_READING, REPORT)
    if known.prepaid and known.balance is not None and known.balance <= 0 and known.paid_at is None:
        return Answer(CREDIT_SOON, RECHARGE, known.last_at, known.protected_until)
    if known.silent:
        return Answer(SILENT, REPORT, known.last_at)
    return Answer(SUPPLY_ON, CHECK, known.last_at)
