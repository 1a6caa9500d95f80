"""How often one number or one network may ask and try. Counted in PostgreSQL, so all processes share the counts.

One atomic statement per rule: two requests at the same moment both count. (A cache reads, then writes: of two at the same
moment one is lost, and Django's database cache throws entries away when it is full, the limits with them.)
Who is counted is kept as a keyed hash, never as a number or an address.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.db import connection
from django.utils.crypto import salted_hmac

# (how many, in how many seconds), shortest first. Mobile carriers put thousands of customers behind one address, so the
# limits by network are wide; what protects a person is counted by number.
RULES: dict[str, tuple[tuple[int, int], ...]] = {
    "send by network": ((60, 600), (600, 86_400)),
    "send": ((1, 30), (10, 3_600), (20, 86_400)),
    "try by network": ((120, 600),),
    "try": ((10, 600), (50, 86_400)),  # 50 of 10^6 codes a day
    "try one code": ((5, 180),),
    "passkey by network": ((120, 600),),
    "dispute": ((10, 86_400),),  # "this is wrong", by person
    "paper": ((10, 60), (100, 86_400)),  # a PDF takes a tenth of a second of work, by person
    "question": ((10, 86_400),),  # "why this charge", by person
    "biller": ((6_000, 60),),  # questions and payments of one wallet
    "biller wrong by network": ((20, 600),),  # wrong user name or password
    "order": ((10, 600), (60, 86_400)),  # orders to pay, by person
    "look": ((1, 10),),  # how often looking at an open order asks its gateway, by order
    "quote": ((40, 600), (400, 86_400)),  # each asks the head-end what is due, by person
    "standing": ((3, 300), (20, 86_400)),  # how a meter stands, asked of the head-end, by account: its people and staff apart
    "other meter": ((12, 600), (40, 86_400)),  # looks for somebody else's meter, by person: numbers are not to be tried through
    "other meter by network": ((120, 600), (2_000, 86_400)),
    "link": ((5, 600), (12, 86_400)),  # asks to add an account, by person
    "link by network": ((60, 600), (600, 86_400)),
    "link send": (
        (1, 60),
        (6, 86_400),
    ),  # codes for others' requests to one number: apart from its sign-in codes, which this must not use up
    "own code": ((1, 30), (5, 3_600), (10, 86_400)),  # a code to oneself for a purpose, by person
    "try purpose": ((10, 600), (30, 86_400)),  # tries of such codes, by person
    "email": ((1, 30), (5, 3_600), (10, 86_400)),  # codes to an e-mail address, by person
    "email by network": ((60, 600), (600, 86_400)),
    "email to": ((1, 20), (4, 3_600), (8, 86_400)),  # to one address, whoever asks
    "invite": ((5, 600), (20, 86_400)),  # by person
    "download": ((3, 86_400),),  # everything we hold, by person
    "complaint": ((4, 600), (12, 86_400)),  # complaints by person
    "danger": ((10, 600), (40, 86_400)),  # those of danger to life; who is refused sees the hotline
    "photo": ((10, 600), (40, 86_400)),  # photos of complaints, each up to a second of work, by person
    "complaint words": ((20, 3_600),),  # what is said of complaints, by person
    "factor": ((5, 300), (30, 86_400)),  # a staff member's second factor, by person
}
TAKE = """
WITH swept AS (
    DELETE FROM customers_limit WHERE key IN (
        SELECT key FROM customers_limit WHERE until < %(now)s AND key <> %(key)s ORDER BY until LIMIT 10 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO customers_limit AS held (key, count, until) VALUES (%(key)s, 1, %(until)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN held.until <= %(now)s THEN 1 ELSE held.count + 1 END,
    until = CASE WHEN held.until <= %(now)s THEN excluded.until ELSE held.until END
RETURNING count, until
"""  # by primary key; the sweep by the index on `until`, ten rows at a time, keeps the table small


class TooOften(Exception):
    """Somebody did something too often; `seconds` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def count(kind: str, who: str, now: datetime) -> None:
    """Counts one more of `kind` by `who`. Raises TooOften."""
    if seconds := wait(kind, who, now):
        raise TooOften(seconds)


def wait(kind: str, who: str, now: datetime) -> int:
    """Counts one more of `kind` by `who`. 0: go ahead; else the seconds to wait until it may be tried again."""
    for amount, seconds in RULES[kind]:
        count, until = _take(_key(kind, seconds, who), now, now + timedelta(seconds=seconds))
        if count > amount:
            return max(1, math.ceil((until - now).total_seconds()))
    return 0


def _key(kind: str, seconds: int, who: str) -> str:
    return f"{kind}/{seconds}/{salted_hmac('bijoli.limits', who, algorithm='sha256').hexdigest()[:40]}"


def _take(key: str, now: datetime, until: datetime) -> tuple[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": key, "now": now, "until": until})
        count, held_until = cursor.fetchone()
    return count, held_until
