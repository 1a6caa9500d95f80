"""What a page says where recharge is closed, or will be soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.payments import closures
from bijoli.web.templatetags.bijoli import language

if TYPE_CHECKING:
    from bijoli.payments.models import Closure

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Closed:
    """`refuses`: nothing can be paid now; `runs`: it is closed now, else it will be. `own` are the utility's own words, or empty."""

    words: str
    own: str
    refuses: bool
    runs: bool


def closed(now: datetime) -> Closed | None:
    """The closure that runs, else the next one within three days; None where there is neither."""
    running = closures.now_closed(now)
    if running:
        return _closed(running, now, runs=True)
    coming = next((one for one in closures.coming(now) if one.starts_at - now < SOON), None)
    return _closed(coming, now, runs=False) if coming else None


def _closed(one: Closure, now: datetime, *, runs: bool) -> Closed:
    here, begins, ends = timezone.localtime(now), timezone.localtime(one.starts_at), timezone.localtime(one.ends_at)
    times = {"begin": bangla.when(begins, here, language()), "end": bangla.when(ends, here, language())}
    times = {name: said[:1].lower() + said[1:] for name, said in times.items()}
    holds = one.policy == "hold"
    if runs and holds:
        words = gettext("Recharge is closed for maintenance. What you pay now reaches your meter after %(end)s.") % times
    elif runs:
        words = gettext("Recharge is closed for maintenance until %(end)s. Nothing can be paid until then.") % times
    else:
        words = gettext("Recharge will be closed from %(begin)s until %(end)s. Recharge before that if you may need it.") % times
    return Closed(words, str(one.words.get(language(), "")), refuses=runs and not holds, runs=runs)
