"""People with meters and phones, and stages to tell them of."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import call_command
from django.db.models import CharField
from django.db.models.functions import Cast

from bijoli.alerts.models import Episode, Stage
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.channels.webpush import base64url
from bijoli.delivery.models import Device, Severity
from bijoli.delivery.tell import Telling
from bijoli.metering.models import Installation, Meter, UsagePoint

NOON = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)  # a Sunday, 12:00 in Dhaka
NIGHT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # 02:00 in Dhaka
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def person(**fields: Any) -> Customer:
    return Customer.objects.create_user(f"+88017{next(_numbers):08d}", **fields)


def apart() -> None:
    """Puts each meter on a feeder of its own: what all of them tell is no storm."""
    UsagePoint.objects.update(feeder=Cast("pk", CharField()))


def meter(*people: Customer, **access: Any) -> Meter:
    """A meter at an account that these people see."""
    number = next(_numbers)
    account = Account.objects.create(number=f"{number:08d}")
    point = UsagePoint.objects.create(account=account, division="Uttara", feeder="F1", sanctioned_load_w=5000)
    made = Meter.objects.create(number=f"6600{number:08d}")
    Installation.objects.create(meter=made, usage_point=point, installed_at=LONG_AGO)
    for one in people:
        Access.objects.create(customer=one, account=account, **{"since": LONG_AGO, **access})
    return made


class Keys:
    """A phone's key pair and secret, as its browser would keep them."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.auth = os.urandom(16)
        self.p256dh = base64url.encode(self.point)
        self.secret = base64url.encode(self.auth)


def phone(customer: Customer, endpoint: str = "", keys: Keys | None = None) -> Device:
    keys = keys or Keys()
    endpoint = endpoint or f"https://push.test/{next(_numbers)}"
    return Device.objects.create(customer=customer, endpoint=endpoint, p256dh=keys.point, auth=keys.auth)


def telling(at_meter: Meter, code: str = "L1", **fields: Any) -> Telling:
    """A stage, kept in the database, as it would be told."""
    kind = {"L": "low", "Z": "zero", "O": "overload", "T": "tamper"}[code[0]]
    at = fields.pop("at", NOON)
    episode, _ = Episode.objects.get_or_create(meter=at_meter, kind=kind, closed_at=None, defaults={"opened_at": at})
    times = Stage.objects.filter(episode=episode, code=code).count() + 1
    stage = Stage.objects.create(episode=episode, code=code, times=times, at=at, received_at=at)
    given = {
        "stage_id": stage.pk,
        "meter_id": at_meter.pk,
        "kind": kind,
        "code": code,
        "severity": Severity.WARNING,
        "at": at,
        "received_at": at,
        "facts": {"balance_paisa": 8450},
        "ttl_s": 86_400,
        "urgency": "high",
        "push": True,
    }
    return Telling(**{**given, **fields})


def loaded(folder: Path, lines: str) -> int:
    """Lines of a register file (account, mode, meter, installed at, division, feeder, sanctioned kW), loaded; returns account 30000001."""
    path = folder / "register.csv"
    path.write_text("account,mode,meter,installed_at,division,feeder,sanctioned_kw\n" + lines)
    call_command("load", str(path), stdout=StringIO())
    return Account.objects.get(number="30000001").pk
