"""A person who was told something, for tests of pages: made by `manage.py shell`, beside the site that shows it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from bijoli.alerts.models import Episode, Stage
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Notification
from bijoli.ingest.models import Gateway, Reject
from bijoli.ingest.rejects import UNKNOWN_METER
from bijoli.metering.models import Installation, Meter, MeterEvent, MeterState, UsagePoint
from bijoli.payments.billintake import take


def told(number: int, language: str) -> None:
    """Prints the id of the notification. The person's phone, account and meter end with `number` (two digits)."""
    now = timezone.now()
    person = Customer.objects.create_user(f"+88017330000{number}", name="রহিমা খাতুন", language=language)
    account = Account.objects.create(number=f"330000{number}")
    point = UsagePoint.objects.create(account=account, division="Uttara East", feeder="F-12", sanctioned_load_w=5000)
    meter = Meter.objects.create(number=f"0663300000{number}")
    MeterState.objects.create(meter=meter, sanctioned_load_w=5000, last_at=int(now.timestamp()), balance_paisa=8450)
    Installation.objects.create(meter=meter, usage_point=point, installed_at=now - timedelta(days=400))
    Access.objects.create(customer=person, account=account, nickname="বাসা", since=now - timedelta(days=400))
    episode = Episode.objects.create(meter=meter, kind="low", opened_at=now)
    stage = Stage.objects.create(episode=episode, code="L1", at=now, received_at=now, balance_paisa=8450, limit=10000)
    facts = {"balance_paisa": 8450, "limit": 10000}
    made = {"account": account, "meter": meter, "stage": stage, "kind": "low", "code": "L1", "at": now, "received_at": now, "facts": facts}
    print(Notification.objects.create(customer=person, **made).public_id)
    MeterEvent.objects.create(meter=meter, at=now, profile="is15959", code="999")
    gateway, _ = Gateway.objects.get_or_create(name="north-head-end", defaults={"token_hash": b"north", "meter_prefix": "066"})
    Reject.objects.create(gateway=gateway, row=7, field="meter", reason=UNKNOWN_METER, body='{"meter": "066999999999", "at": 1795000000}')
    bad = {"number": f"1026-33{number}", "account": account.number, "month": "2026-10", "issued_on": "2026-11-05", "due_on": "2026-11-25"}
    list(take([(3, {**bad, "total": "999.00", "lines": "energy:868.38:150:5.79;demand:84.00"})], "billing-system", now))
