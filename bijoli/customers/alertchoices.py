"""What a person chooses about alerts: which of those that may be switched off, an own balance limit for an account, and quiet hours."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import time

from django.conf import settings
from django.utils import timezone

from bijoli.customers.access import live
from bijoli.customers.models import Access, Customer

# "Person may switch off": what is switched off is not pushed, and stands in the centre all the same
MAY_BE_MUTED = frozenset({"L0", "O1", "B1", "B2", "B3"})
MAY_BE_LEFT_OUT = frozenset({"S1"})  # advice, no alert: whoever switches it off is not told at all
ON_WISH = frozenset({"S1"})  # pushed only to those who asked for it
ALWAYS_BY_SMS = frozenset({"L1", "Z1", "Z2", "Z3", "O3"})  # where no push is seen, the first warning and what is critical come by SMS
HIGHEST_LIMIT_PAISA = 100_000_00


def limit_bounds() -> tuple[int, int]:
    """An own limit is above the first and at most the second, in paisa: under the utility's own limit everyone is told anyway."""
    return settings.UTILITY.thresholds.low_paisa, HIGHEST_LIMIT_PAISA


def set_alert_choices(
    customer_id: int, public_id: uuid.UUID, *, muted: Collection[str], own_limit_paisa: int | None, asked: Collection[str] = ()
) -> bool:
    """How this person is told about this account from now on. False where it is not theirs.

    `muted` are stages switched off, `asked` those whose push is asked for, `own_limit_paisa` None is none. Raises ValueError for a stage
    that nobody may switch off or ask for and for a limit out of bounds. The meter's edges are then to be set anew.
    """
    if never := set(muted) - MAY_BE_MUTED - MAY_BE_LEFT_OUT:
        raise ValueError(f"{sorted(never)} may not be switched off")
    if never := set(asked) - ON_WISH:
        raise ValueError(f"{sorted(never)} need not be asked for")
    above, highest = limit_bounds()
    if own_limit_paisa is not None and not above < own_limit_paisa <= highest:
        raise ValueError(f"an own limit of {own_limit_paisa} paisa is out of bounds")
    mine = Access.objects.filter(live(timezone.now()), customer_id=customer_id, account__public_id=public_id)
    return bool(mine.update(muted_kinds=sorted(muted), asked_kinds=sorted(asked), own_limit_paisa=own_limit_paisa))


def set_quiet_hours(customer_id: int, begin: time | None, end: time | None) -> None:
    """Local times; they may run over midnight, equal ones mean no quiet hours, None twice means the utility's.

    Raises ValueError for one None.
    """
    if (begin is None) != (end is None):
        raise ValueError("quiet hours have two ends")
    Customer.objects.filter(pk=customer_id).update(quiet_from=begin, quiet_until=end)


def set_notices(customer_id: int, *, outages: bool, news: bool) -> None:
    """Whether the utility's planned outages and its other notices are pushed. What is not pushed stands in the app all the same."""
    Customer.objects.filter(pk=customer_id).update(mutes_outages=not outages, mutes_news=not news)


def set_fewer_sms(customer_id: int, fewer: bool) -> None:
    """Whether only what cannot wait (ALWAYS_BY_SMS) comes by SMS where a push is not seen."""
    Customer.objects.filter(pk=customer_id).update(fewer_sms=fewer)
