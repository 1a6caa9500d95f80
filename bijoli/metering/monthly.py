"""What an account used in each calendar month: energy, taka, highest load, recharges, and the balance at its two ends.

Energy is from registers. Of a meter that told loads but no register in a month it is the sum of the days that its interval values make
known (`usage`), for the latest two of the months asked for, to keep pages fast, and as far as raw readings are kept (BIJOLI_RAW_DAYS);
`whole` is false where a day is missing in that sum. An earlier month of such a meter has no energy.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime

from bijoli.metering import localday, monthbody
from bijoli.metering.ends import span
from bijoli.metering.rolled import Ends, Spans, meter_days, meter_months
from bijoli.metering.usage import Paid, Stay, by_interval, credits_of, energy_of, loads_until, moment, spent_of, stays_of, total

COUNTED = 2  # months that are counted from interval values
LATE_S = 36 * 3600  # a month whose first register is from so long after the end of the last known one has a gap at its turn


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """One calendar month (by its first day) of one account.

    Paisa and Wh; None is unknown. `days` are those of which something is known. `whole` is false where the month's turn lies in a gap:
    what was used in it counts to the month after; and where energy is a sum of days and days are missing in it. `opening` and `closing`
    are the first and last known balance of the month (the opening one is the balance that the month before left, where that is known).
    `recharged` is what was paid. `begins` is the day with which a part month begins, of which the asker
    sees no more (`customers.seen`).
    """

    month: date
    energy_wh: int | None = None
    spent_paisa: int | None = None
    max_w: int | None = None
    max_at: datetime | None = None
    recharged_paisa: int = 0
    credited_paisa: int = 0
    recharges: int = 0
    opening_paisa: int | None = None
    closing_paisa: int | None = None
    days: int = 0
    whole: bool = True
    begins: date | None = None

    @property
    def known(self) -> bool:
        return self.days > 0 or self.recharges > 0


def months(account_id: int, first: date, last: date) -> list[MonthTotal]:
    """The months of `first` to `last`, both inclusive, oldest first; one of which nothing is known is there too.

    Four or five queries; where meters told loads alone one more, and one for each of them.
    """
    low, high = monthbody.month(localday.number(first)), monthbody.month(localday.number(last))
    begin, end = monthbody.first_day(low - 1), monthbody.first_day(high + 1) - 1
    stays = stays_of([account_id], begin, end)
    spans = meter_months({stay.meter_id for stay in stays}, low - 1, high)
    for stay in stays:
        if stay.cut:
            spans[stay.meter_id] = _seen(stay, spans[stay.meter_id])
    paid = credits_of(stays, begin)
    parts = [_of_stay(stay, spans[stay.meter_id], paid[stay], low, high) for stay in stays]
    _count_intervals(dict(zip(stays, parts, strict=True)), spans, high)
    return [_joined(number, [part[number] for part in parts if number in part]) for number in range(low, high + 1)]


def _seen(stay: Stay, spans: Spans) -> Spans:
    """The months of a meter from the day on from which it is seen: the one with that day is put together anew."""
    number = monthbody.month(stay.first)
    kept = {month: one for month, one in spans.items() if month > number}
    if stay.first == monthbody.first_day(number):
        return kept | ({number: spans[number]} if number in spans else {})
    days = meter_days([stay.meter_id], stay.first, monthbody.first_day(number + 1) - 1).get(stay.meter_id, {})
    return kept | ({number: (span(ends for _, ends in sorted(days.items())), len(days))} if days else {})


def _of_stay(stay: Stay, spans: dict[int, tuple[Ends, int]], paid: list[Paid], low: int, high: int) -> dict[int, MonthTotal]:
    """What one meter knows of each month, while it stood there."""
    found = {}
    for number in range(low, high + 1):
        begins, ends = localday.midnight(monthbody.first_day(number)), localday.midnight(monthbody.first_day(number + 1))
        credits = [one for one in paid if begins <= one.at < ends]
        own, days = spans.get(number, (None, 0))
        if own is None and not credits:
            continue
        part = stay.cut and monthbody.first_day(number) < stay.first < monthbody.first_day(number + 1)
        before = spans[number - 1][0] if number - 1 in spans and stay.first < monthbody.first_day(number) else None
        found[number] = replace(
            _figures(number, own or Ends(), before, paid, starts=stay.first >= monthbody.first_day(number) and not part),
            begins=localday.calendar(stay.first) if part else None,
            recharged_paisa=sum(one.paid for one in credits),
            credited_paisa=sum(one.credited for one in credits),
            recharges=len(credits),
            days=days,
        )
    return found


def _count_intervals(parts: dict[Stay, dict[int, MonthTotal]], spans: dict[int, dict[int, tuple[Ends, int]]], high: int) -> None:
    """Puts in what the days of interval values sum up to, in the latest months in which a meter told loads and no register."""
    latest = [(stay, number) for stay, part in parts.items() for number in part if number > high - COUNTED]
    alone = [(stay, number) for stay, number in latest if _loads_alone(spans[stay.meter_id].get(number))]
    if not alone:
        return
    until = loads_until({stay for stay, _ in alone})
    days = {(stay, number): _days(stay, number, until[stay]) for stay, number in alone}
    wanted: dict[Stay, list[int]] = defaultdict(list)
    for (stay, _), own in days.items():
        wanted[stay] += own
    counted = by_interval(wanted, until)
    for (stay, number), own in days.items():
        known = [counted[stay][day].energy_wh for day in own if day in counted[stay]]
        parts[stay][number] = replace(parts[stay][number], energy_wh=sum(known) if known else None, whole=0 < len(own) == len(known))


def _loads_alone(known: tuple[Ends, int] | None) -> bool:
    return known is not None and known[0].max_w is not None and known[0].last_wh is None


def _days(stay: Stay, number: int, until: int) -> list[int]:
    """The days of a month on which the meter stood there, up to its latest load: of the running one only as much as has come."""
    last = min(monthbody.first_day(number + 1) - 1, localday.day(until - 1))
    return list(range(max(monthbody.first_day(number), stay.first), last + 1))


def _figures(number: int, own: Ends, before: Ends | None, paid: list[Paid], *, starts: bool) -> MonthTotal:
    opening = own.first_paisa if before is None or before.last_paisa is None else before.last_paisa
    since = before.last_wh_at if before else None
    whole = starts or (own.first_wh_at is not None and since is not None and own.first_wh_at - since <= LATE_S)
    return MonthTotal(
        month=localday.calendar(monthbody.first_day(number)),
        energy_wh=energy_of(own, before),
        spent_paisa=spent_of(own, before, paid),
        max_w=own.max_w,
        max_at=moment(own.max_at),
        opening_paisa=opening,
        closing_paisa=own.last_paisa,
        whole=whole,
    )


def _joined(number: int, parts: list[MonthTotal]) -> MonthTotal:
    """One month of one account, in which its meter may have been exchanged. Parts are in the order of the meters' coming."""
    if not parts:
        return MonthTotal(localday.calendar(monthbody.first_day(number)), whole=False)
    if len(parts) == 1:
        return parts[0]
    highest = max(parts, key=lambda part: -1 if part.max_w is None else part.max_w)
    return MonthTotal(
        month=parts[0].month,
        energy_wh=total([part.energy_wh for part in parts]),
        spent_paisa=total([part.spent_paisa for part in parts]),
        max_w=highest.max_w,
        max_at=highest.max_at,
        recharged_paisa=sum(part.recharged_paisa for part in parts),
        credited_paisa=sum(part.credited_paisa for part in parts),
        recharges=sum(part.recharges for part in parts),
        opening_paisa=parts[0].opening_paisa,
        closing_paisa=parts[-1].closing_paisa,
        days=sum(part.days for part in parts),
        whole=all(part.whole for part in parts),
        begins=parts[0].begins,
    )
