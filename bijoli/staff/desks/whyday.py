"""One meter and one day: what came, what was decided, who was told, and what became of each push; in the order of time, with the reasons.

Bounded to the stays that lie within the scope: what the meter told while it stood elsewhere is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.alerts.models import Episode, Stage
from bijoli.customers.models import Access
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering.models import Change, Credit, Installation, Meter, MeterEvent
from bijoli.metering.raw import Reading, of_meter
from bijoli.staff.desks import reasons, say
from bijoli.staff.desks.told import status, titled
from bijoli.staff.scope import Scope

NEAR = 2  # readings shown on each side of a decision
MOST = 400  # of each kind of thing on one day


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `what` names its kind (reading, signal, recharge, decision, told, push, waits); `url` leads on."""

    at: datetime
    what: str
    words: str
    why: str = ""
    url: str = ""
    tone: str = ""


@dataclass(slots=True)
class Day:
    """What was found of one local day, `begin` included and `end` not."""

    meter: Meter
    begin: datetime
    end: datetime
    stays: Sequence[Installation]
    readings: list[Reading] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)

    def holds(self, at: datetime) -> bool:
        """Whether the meter stood within the scope then."""
        return any(one.installed_at <= at and (one.removed_at is None or at < one.removed_at) for one in self.stays)


def read(meter: Meter, on: date, scope: Scope) -> Day:
    """Everything of that day. What was decided on it about an earlier reading is on it too."""
    begin = timezone.make_aware(datetime.combine(on, time.min))
    end = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    there = Q(installed_at__lt=end) & (Q(removed_at=None) | Q(removed_at__gt=begin))
    stays = Installation.objects.filter(scope.point("usage_point__"), there, meter=meter)
    found = Day(meter, begin, end, list(stays.select_related("usage_point__account").order_by("installed_at")))
    found.readings = [one for one in of_meter(meter.pk, begin, end - timedelta(seconds=1)) if found.holds(one.at)]
    when = Q(decided_at__gte=begin, decided_at__lt=end) | Q(at__gte=begin, at__lt=end)
    stages = Stage.objects.filter(when, episode__meter=meter).select_related("episode").order_by("decided_at", "pk")
    found.stages = [one for one in stages[:MOST] if found.holds(one.at)]
    made = Q(made_at__gte=begin, made_at__lt=end) | Q(stage__in=[one.pk for one in found.stages])
    told = Notification.objects.filter(made, scope.account("account__"), meter=meter).select_related("customer", "meter")
    found.notifications = list(told.prefetch_related("deliveries__device").order_by("made_at", "pk")[:MOST])
    accounts = [one.usage_point.account_id for one in found.stays]
    lived = Q(since__lt=end) & (Q(until=None) | Q(until__gt=begin))
    found.access = list(Access.objects.filter(lived, account__in=accounts).select_related("customer", "account").order_by("since")[:MOST])
    return found


def lines(day: Day) -> list[Line]:
    """The time line, oldest first. A reading stands at the meter's own time; all else at ours."""
    found = [*_readings(day), *_signals(day), *_recharges(day), *_alerts(day), *_decisions(day), *_waiting(day)]
    found += [line for one in day.notifications for line in _told(one)]
    return sorted(found, key=lambda line: line.at)


def _reading(one: Reading) -> str:
    parts = [
        gettext("balance %(amount)s") % {"amount": say.taka(one.balance_paisa)} if one.balance_paisa is not None else "",
        gettext("load %(load)s kW") % {"load": say.kw(one.load_w)} if one.load_w is not None else "",
        gettext("switch %(state)s") % {"state": reasons.relay(one.relay)} if one.relay else "",
        gettext("estimated") if one.estimated else "",
    ]
    return ", ".join(part for part in parts if part) or gettext("without a value that alerts look at")


def _readings(day: Day) -> Iterator[Line]:
    """The first, the last, those near a decision, and those at which the switch turned; the others are counted."""
    rows, last = day.readings, len(day.readings) - 1
    shown = {0, last} if rows else set()
    for stage in day.stages:
        near = min(range(len(rows)), key=lambda place: abs(rows[place].at - stage.at), default=None)
        shown |= set() if near is None else set(range(max(0, near - NEAR), min(last, near + NEAR) + 1))
    shown |= {place for place in range(1, len(rows)) if rows[place].relay and rows[place].relay != rows[place - 1].relay}
    skipped = 0
    for place, one in enumerate(rows):
        if place not in shown:
            skipped += 1
            continue
        if skipped:
            before = rows[place - 1].at
            yield Line(before, "reading", gettext("%(n)s more readings up to here") % {"n": say.count(skipped)})
            skipped = 0
        yield Line(one.at, "reading", _reading(one))


def _signals(day: Day) -> Iterator[Line]:
    rows = MeterEvent.objects.filter(meter=day.meter, at__gte=day.begin, at__lt=day.end).order_by("at")[:MOST]
    for one in rows:
        if day.holds(one.at):
            ends = gettext("over:") + " " if one.begins is False else ""
            yield Line(one.at, "signal", f"{ends}{reasons.event(one.kind, one.code)} ({one.profile} {one.code})")


def _recharges(day: Day) -> Iterator[Line]:
    for one in Credit.objects.filter(meter=day.meter, at__gte=day.begin, at__lt=day.end).order_by("at")[:MOST]:
        if day.holds(one.at):
            yield Line(one.at, "recharge", gettext("%(amount)s credited") % {"amount": say.taka(one.credited_paisa)}, tone="good")


def _alerts(day: Day) -> Iterator[Line]:
    """Alerts that opened or closed."""
    within = Q(opened_at__gte=day.begin, opened_at__lt=day.end) | Q(closed_at__gte=day.begin, closed_at__lt=day.end)
    for one in Episode.objects.filter(within, meter=day.meter).order_by("opened_at")[:MOST]:
        if day.begin <= one.opened_at < day.end and day.holds(one.opened_at):
            yield Line(one.opened_at, "decision", gettext("Alert opened: %(kind)s") % {"kind": reasons.kind(one.kind)})
        if one.closed_at and day.begin <= one.closed_at < day.end and day.holds(one.closed_at):
            closed = gettext("Alert closed: %(kind)s") % {"kind": reasons.kind(one.kind)}
            yield Line(one.closed_at, "decision", closed, reasons.ended(one.closed_why))


def _decisions(day: Day) -> Iterator[Line]:
    for one in day.stages:
        tone = "good" if not one.suppressed else "mute"
        said = gettext("Stage %(code)s, reading of %(when)s") % {"code": one.code, "when": say.when(one.at)}
        yield Line(one.decided_at, "decision", said, reasons.decision(one.suppressed), tone=tone)


def _waiting(day: Day) -> Iterator[Line]:
    """What the rules have not looked at yet."""
    for one in Change.objects.filter(meter_id=day.meter.pk, received_at__gte=day.begin, received_at__lt=day.end).order_by("pk")[:MOST]:
        why = gettext("set aside: it could not be handled") if one.failures else gettext("the alert rules have not read it yet")
        yield Line(one.received_at, "waits", gettext("A change waits"), why, tone="low")


def _told(one: Notification) -> Iterator[Line]:
    who = say.phone_masked(one.customer.phone)
    link = say.link("", "delivery_notification", one.public_id).url
    yield Line(one.made_at, "told", f"{who}: {titled(one)}", url=link)
    ways = list(one.deliveries.all())
    for way in ways:
        yield from _way(way, who)
    if not ways:
        yield Line(one.made_at, "push", who, gettext("in the app only"), tone="mute")
    if one.read_at:
        yield Line(one.read_at, "told", who, gettext("read"), tone="good")
    if one.superseded_at:
        yield Line(one.superseded_at, "told", who, gettext("taken off the bell: no longer so"), tone="mute")


def _way(way: Delivery, who: str) -> Iterator[Line]:
    name = f"{who}, {way.device.label}" if way.device and way.device.label else who
    if way.status in ("suppressed", "failed", "expired", "superseded", "queued"):
        why = ": ".join(part for part in (status(way.status), reasons.push(way.reason)) if part)
        tone = {"failed": "off", "expired": "off", "queued": "low"}.get(way.status, "mute")
        yield Line(way.queued_at, "push", name, why, tone=tone)
    steps = [(way.sent_at, status("sent")), (way.displayed_at, status("displayed")), (way.opened_at, status("opened"))]
    for at, words in steps:
        if at:
            yield Line(at, "push", name, words, tone="good")


def verdicts(day: Day) -> list[list[str]]:
    """A row for each stage: its code, when, what was decided, how many people have it, on how many phones it was shown."""
    by_stage: dict[int, list[Notification]] = {}
    for one in day.notifications:
        if one.stage_id is not None:
            by_stage.setdefault(one.stage_id, []).append(one)
    rows = []
    for stage in day.stages:
        told = by_stage.get(stage.pk, [])
        shown = sum(1 for one in told for way in one.deliveries.all() if way.displayed_at)
        kind = f"{stage.code} · {reasons.kind(stage.episode.kind)}"
        rows.append([kind, say.when(stage.at), reasons.decision(stage.suppressed), say.count(len(told)), say.count(shown)])
    return rows


def silence(day: Day, limits: Iterable[tuple[str, int]], sanctioned: int | None) -> list[str]:
    """Why nothing was decided on this day, as far as it can be told. `limits`: name and paisa of the utility's balance limits."""
    if not day.stays:
        return [gettext("On this day the meter stood nowhere that you may see.")]
    found = []
    balances = [one.balance_paisa for one in day.readings if one.balance_paisa is not None]
    loads = [one.load_w for one in day.readings if one.load_w is not None]
    if not day.readings:
        found.append(gettext("No reading of this day has come."))
    if any(one.usage_point.account.mode != "prepaid" for one in day.stays):
        found.append(gettext("The account is postpaid: it has no balance that could run out."))
    elif balances:
        over = [name for name, paisa in limits if min(balances) >= paisa]
        if over:
            known = {"amount": say.taka(min(balances)), "limits": ", ".join(over)}
            found.append(gettext("The lowest balance was %(amount)s, over the limit: %(limits)s.") % known)
    if loads and sanctioned and max(loads) <= sanctioned:
        known = {"load": say.kw(max(loads)), "sanctioned": say.kw(sanctioned)}
        found.append(gettext("The highest load was %(load)s kW of %(sanctioned)s kW sanctioned.") % known)
    return found
