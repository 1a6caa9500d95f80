"""The people of the crash run in the database: an account for each meter, a phone or two for those whose meter is restless."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bench.crashtown import FIRST, Town

Devices = dict[int, list[list[str]]]


def people(town: Town, peer: Any, private: Any, secret: bytes) -> Devices:
    """Makes them. Returns, by the meter's place in the town, the paths of the phones of each of its people."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from bijoli.customers.models import Access, Account, Customer
    from bijoli.delivery.models import Device

    ago = datetime.now(UTC) - timedelta(days=100)
    accounts = Account.objects.bulk_create(Account(number=f"{n:08d}") for n in range(town.meters))
    _meters(accounts, ago)
    homes = [meter for meter in range(town.restless) for _ in range(2 if meter % 3 == 0 else 1)]
    made = Customer.objects.bulk_create(Customer(phone=f"+8801{n:09d}") for n in range(len(homes)))
    Access.objects.bulk_create(Access(customer=one, account=accounts[meter], since=ago) for one, meter in zip(made, homes, strict=True))
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    found: Devices = {meter: [] for meter in range(town.restless)}
    devices = []
    for number, (one, meter) in enumerate(zip(made, homes, strict=True)):
        paths = [f"{number}-{phone}" for phone in range(2 if meter % 7 == 0 else 1)]
        found[meter].append(paths)
        devices += [Device(customer=one, endpoint=peer.endpoint(path), p256dh=point, auth=secret) for path in paths]
    Device.objects.bulk_create(devices)
    return found


def _meters(accounts: list[Any], ago: datetime) -> None:
    from django.db import connection

    from bijoli.metering.models import Installation, Meter, MeterState, UsagePoint

    points = UsagePoint.objects.bulk_create(
        UsagePoint(account=account, division="Uttara", feeder=f"F{n}", sanctioned_load_w=5000) for n, account in enumerate(accounts)
    )
    meters = Meter.objects.bulk_create(Meter(number=f"{FIRST + n:012d}") for n in range(len(accounts)))
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in meters)
    Installation.objects.bulk_create(
        Installation(meter=meter, usage_point=point, installed_at=ago) for meter, point in zip(meters, points, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def gateway() -> str:
    """A gateway that may speak for all meters. Returns its token."""
    from io import StringIO

    from django.core.management import call_command

    said = StringIO()
    call_command("gateway", "the crash run", stdout=said)
    return said.getvalue().strip().splitlines()[-1]
