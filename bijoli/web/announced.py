"""The utility's notices that are out for a person's homes, as Home shows them: each once, with the homes that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from bijoli.core import bangla
from bijoli.customers.reads import AccountView
from bijoli.notices import reads as notices
from bijoli.notices.reads import NoticeView
from bijoli.web.person import called
from bijoli.web.templatetags.bijoli import language


@dataclass(frozen=True, slots=True)
class Announced:
    """`times` is of an outage; `homes` names those of several homes that it is about; `runs`: the supply is off by plan now."""

    title: str
    body: str
    times: str
    homes: str
    outage: bool
    runs: bool


def announced(mine: Sequence[AccountView], now: datetime) -> list[Announced]:
    """The next outage first."""
    found: dict[str, list[NoticeView]] = {}
    for one in notices.current([account.id for account in mine], now):
        found.setdefault(str(one.public_id), []).append(one)
    names = {int(account.id): called(account) for account in mine}
    return [_said(same, names, now) for same in found.values()]


def _said(same: list[NoticeView], names: dict[int, str], now: datetime) -> Announced:
    one, speak = same[0], language()
    homes = ", ".join(names[each.account_id] for each in same) if len(same) < len(names) else ""
    runs = one.starts_at is not None and one.starts_at <= now
    return Announced(one.title[speak], one.body[speak], _times(one, now, speak), homes, one.kind == "outage", runs)


def _times(one: NoticeView, now: datetime, speak: str) -> str:
    if one.starts_at is None or one.ends_at is None:
        return ""
    here = timezone.localtime(now)
    starts, ends = (bangla.when(timezone.localtime(at), here, speak) for at in (one.starts_at, one.ends_at))
    return f"{starts} – {ends}"
