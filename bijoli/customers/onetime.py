"""A code for one purpose of one person: six digits by SMS or e-mail, good for ten minutes, five tries and one use.

It is bound to the person who asked, to the purpose and to what it opens. A keyed hash of it is kept, never the code.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from bijoli.customers import limits
from bijoli.customers.codes import new_code
from bijoli.customers.models import OneTimeCode

LINK, DELETE, EMAIL = "link", "delete", "email"
LASTS = timedelta(minutes=10)
TRIES = 5


def make(customer_id: int, purpose: str, subject: int | None, now: datetime) -> str:
    """A new code in the place of an older one; `subject` None makes one that can never be right."""
    code, nonce = new_code(), get_random_string(22)
    proof = _proof(code, nonce, customer_id, purpose, subject)
    kept = {"subject": subject, "nonce": nonce, "proof": proof, "sent_at": now, "failed": 0}
    OneTimeCode.objects.update_or_create(customer_id=customer_id, purpose=purpose, defaults=kept)
    return code


def waits(customer_id: int, purpose: str, now: datetime) -> bool:
    """Whether a code of this purpose can still be typed in."""
    rows = OneTimeCode.objects.filter(customer_id=customer_id, purpose=purpose, sent_at__gt=now - LASTS, failed__lt=TRIES)
    return rows.exclude(proof="").exists()


def use(customer_id: int, purpose: str, code: str, now: datetime) -> int | None:
    """What the code opens, once; None where it is wrong, too old, used, or tried five times. Raises limits.TooOften."""
    limits.count("try purpose", f"{purpose}/{customer_id}", now)
    with transaction.atomic():
        rows = OneTimeCode.objects.select_for_update().filter(customer_id=customer_id, purpose=purpose)
        kept = rows.first()
        if kept is None or not kept.proof or kept.sent_at <= now - LASTS or kept.failed >= TRIES:
            return None
        right = constant_time_compare(_proof(code, kept.nonce, customer_id, purpose, kept.subject), kept.proof)
        if not right or kept.subject is None:
            rows.update(failed=kept.failed + 1)
            return None
        rows.update(proof="")
        return kept.subject


def _proof(code: str, nonce: str, customer_id: int, purpose: str, subject: int | None) -> str:
    return salted_hmac("bijoli.onetime", f"{purpose}/{customer_id}/{subject}/{nonce}/{code}", algorithm="sha256").hexdigest()
