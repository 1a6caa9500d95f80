"""What doors and words see of notifications: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class Facts(Protocol):
    """What the words need of a notification. `facts`: balance_paisa, load_w, limit, sanctioned_w, late, protected_until and the like."""

    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def meter_number(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A notification's way to one phone, or by SMS or e-mail. Times are None where it has not come to that."""

    device_label: str
    status: str
    reason: str
    queued_at: datetime
    sent_at: datetime | None
    displayed_at: datetime | None
    opened_at: datetime | None
    channel: str = "webpush"


@dataclass(frozen=True, slots=True)
class NotificationView:
    """One entry of a person's notification centre. `at` is the meter's time, `received_at` ours; `deliveries` is filled by `one` alone."""

    public_id: UUID
    kind: str
    code: str
    severity: int
    at: datetime
    received_at: datetime | None
    made_at: datetime
    read_at: datetime | None
    superseded_at: datetime | None
    facts: dict[str, Any]
    stage_id: int | None
    meter_id: int | None
    meter_number: str
    account_id: int | None
    account_public_id: UUID | None
    account_number: str
    account_name: str
    deliveries: tuple[DeliveryView, ...] = ()

    @property
    def unread(self) -> bool:
        """Whether the badge counts it."""
        return self.read_at is None and self.superseded_at is None


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One of a person's phones. `endpoint` lets the phone find itself in the list."""

    public_id: UUID
    label: str
    language: str
    endpoint: str
    created_at: datetime
    seen_at: datetime
