"""Complaints of somebody who was told something (told.py), for tests of the desk: made by `manage.py shell`."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

from django.utils import timezone
from PIL import Image

from bijoli.complaints import chores
from bijoli.complaints.photos import made_anew
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers.models import Account
from tests.phone.told import told

TEXTS = {
    "no_supply": "কাল রাত থেকে বিদ্যুৎ নেই, পাশের বাড়িতে আছে।",
    "burnt_meter": "মিটার থেকে ধোঁয়া বের হচ্ছে।",
    "bill": "গত মাসের বিল দ্বিগুণ এসেছে।",
}


def complained(number: int, language: str) -> None:
    """Three complaints: one late, one dangerous and with a photo, one in time."""
    told(number, language)
    account, now = Account.objects.get(number=f"330000{number}"), timezone.now()
    person = account.customers.get()
    fact = {"kind": "alert", "id": str(uuid4()), "alert": "low", "code": "L1", "at": now.isoformat(), "balance_paisa": 8450}
    written = BytesIO()
    Image.new("RGB", (800, 600), (90, 60, 50)).save(written, "JPEG")
    photo = made_anew(BytesIO(written.getvalue()), len(written.getvalue()))
    for category, days, more in (("bill", 0, {"facts": [fact]}), ("burnt_meter", 0, {"photo": photo}), ("no_supply", 4, {})):
        draft = Draft(uuid4(), category, TEXTS[category], account.pk, place="বাড়ি ১২, রোড ৩, সেক্টর ৭", **more)  # type: ignore[arg-type]
        submit(person.pk, draft, now - timedelta(days=days))
    chores.rise(now, lambda: True)
