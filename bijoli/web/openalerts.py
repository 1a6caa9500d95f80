"""Alerts that are open at a meter now, each leading to the last notification that told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bijoli.alerts.reads import OpenEpisode
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import is_told
from bijoli.customers.seen import begins
from bijoli.delivery import reads
from bijoli.web.listing import LOOKS
from bijoli.web.story import kind

LATEST = 30


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """`url` leads to the notification where the person got one, else to what the alert means."""

    words: str
    icon: str
    tone: str
    since: datetime
    url: str


def open_alerts(customer_id: int, account: AccountView, episodes: Sequence[OpenEpisode]) -> list[OpenAlert]:
    """One for each episode that the person's role shows and that began since they see the account, in the order given."""
    since = begins(account.id)
    shown = [one for one in episodes if is_told(account.role, one.kind) and (since is None or one.opened_at >= since)]
    if not shown:
        return []
    told = {view.kind: view for view in reversed(reads.listing(customer_id, limit=LATEST, account_id=account.id))}
    return [
        OpenAlert(
            kind(episode.kind),
            *LOOKS[episode.kind],
            since=episode.opened_at,
            url=reverse("web:notification", args=[told[episode.kind].public_id]) if episode.kind in told else reverse("web:help"),
        )
        for episode in shown
    ]
