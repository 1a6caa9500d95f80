"""What `manage.py cause` prints: which stage was decided and why, and what became of each push, in seconds since it was caused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bijoli.alerts.reads import Reason
from bijoli.delivery.views import DeliveryView

UNDER_WAY = frozenset({"queued", "sent"})
WHY_NOT = {
    "late": "the reading came more than 6 hours late: shown in the centre only",
    "centre only": "this stage is shown in the centre only",
    "gap": "the same stage was told not long ago",
    "flap": "it came and went too often: only what is grave is told until it has been calm for 6 hours",
    "recharge": "a paid recharge is on its way to the meter, or came after the reading",
    "told by restored": "the word of the supply's return says it already",
}


def decision(reason: Reason, since: datetime) -> str:
    """One decided stage, with the value and the limit that decided it."""
    told = "told" if reason.told else f"not pushed: {WHY_NOT.get(reason.reason, reason.reason)}"
    return f"  {reason.code} ({reason.kind}){_because(reason)}, decided after {_seconds(since, reason.decided_at)}: {told}"


def pushes(found: Sequence[tuple[str, DeliveryView]], since: datetime) -> list[str]:
    """What became of each push, and of how many people none could leave for."""
    lines = [_push(code, view, since) for code, view in found if view.device_label]
    none = Counter((code, view.reason) for code, view in found if not view.device_label)
    return lines + [f"  {code} -> {people} {'person' if people == 1 else 'people'}: no push, {why}" for (code, why), people in none.items()]


def _push(code: str, view: DeliveryView, since: datetime) -> str:
    """One push, and how far it has come."""
    times = [(name, at) for name, at in (("sent", view.sent_at), ("displayed", view.displayed_at), ("opened", view.opened_at)) if at]
    came = ", ".join(f"{name} after {_seconds(since, at)}" for name, at in times)
    ended = f"{view.status}{': ' * bool(view.reason)}{view.reason}"
    return f"  {code} -> {view.device_label}: {came or ended}"


def settled(view: DeliveryView) -> bool:
    """Whether nothing more is to be expected of it soon."""
    return view.status not in UNDER_WAY


def _because(reason: Reason) -> str:
    """Overload compares loads, the other kinds money; a tamper has neither."""
    if reason.load_w is not None and reason.kind == "overload":
        return f", load {reason.load_w / 1000:.2f} kW" + (f", limit {reason.limit / 1000:.2f} kW" if reason.limit else "")
    if reason.balance_paisa is not None and reason.kind in {"low", "zero"}:
        return f", balance ৳ {reason.balance_paisa / 100:.2f}" + (f", limit ৳ {reason.limit / 100:.2f}" if reason.limit is not None else "")
    return ""


def _seconds(since: datetime, at: datetime) -> str:
    return f"{(at - since).total_seconds():.2f} s"
