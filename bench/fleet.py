"""A fleet as `load` would have left it, by set-based SQL: customer, account, access, usage point, meter, state, installation for each.

Meters are added to what is there, so that one cluster serves several sizes. Everybody is one person with one account and no phone.
A feeder lies in one division; the divisions take turns.
"""

from __future__ import annotations

from collections.abc import Sequence

FIRST = 660_000_000_001  # the number of the first meter
FEEDER = 500  # meters on a feeder, where nothing else is said
_STEPS = (
    """INSERT INTO customers_customer (password, is_superuser, public_id, phone, name, language, theme, is_active, is_staff, created_at)
 SELECT '!', false, gen_random_uuid(), '+880' || lpad((%(phones)s::bigint + i)::text, 10, '0'), '', 'bn', 'system', true, false, now()
 FROM generate_series(%(start)s::int, %(end)s::int) i""",
    """INSERT INTO customers_account (public_id, number, mode, created_at)
 SELECT gen_random_uuid(), lpad(i::text, 8, '0'), 'prepaid', now() FROM generate_series(%(start)s::int, %(end)s::int) i""",
    """INSERT INTO customers_access (customer_id, account_id, role, nickname, position, muted_kinds, since)
 SELECT c.id, a.id, 'owner', '', 0, '[]', now() - interval '100 days' FROM generate_series(%(start)s::int, %(end)s::int) i
 JOIN customers_customer c ON c.phone = '+880' || lpad((%(phones)s::bigint + i)::text, 10, '0')
 JOIN customers_account a ON a.number = lpad(i::text, 8, '0')
 ORDER BY i""",
    """INSERT INTO metering_usagepoint (account_id, division, feeder, sanctioned_load_w, phases, tariff)
 SELECT a.id, (%(divisions)s::text[])[1 + a.number::int / %(feeder)s %% cardinality(%(divisions)s::text[])],
  'F-' || a.number::int / %(feeder)s, 5000, 1, 'LT-A' FROM customers_account a
 WHERE a.number BETWEEN lpad(%(start)s::text, 8, '0') AND lpad(%(end)s::text, 8, '0') ORDER BY a.number""",
    """INSERT INTO metering_meter (number, profile, created_at)
 SELECT lpad((%(first)s + i)::text, 12, '0'), 'is15959', now() FROM generate_series(%(start)s::int, %(end)s::int) i""",
    """INSERT INTO metering_meterstate (meter_id, sanctioned_load_w, last_at, relay, calm, day)
 SELECT id, 5000, 0, 0, 2, 0 FROM metering_meter
 WHERE number BETWEEN lpad((%(first)s + %(start)s)::text, 12, '0') AND lpad((%(first)s + %(end)s)::text, 12, '0') ORDER BY id""",
    """INSERT INTO metering_installation (meter_id, usage_point_id, installed_at)
 SELECT m.id, p.id, now() - interval '100 days' FROM generate_series(%(start)s::int, %(end)s::int) i
 JOIN metering_meter m ON m.number = lpad((%(first)s + i)::text, 12, '0') JOIN customers_account a ON a.number = lpad(i::text, 8, '0')
 JOIN metering_usagepoint p ON p.account_id = a.id ORDER BY m.id""",
)
_TABLES = """customers_customer, customers_account, customers_access, metering_usagepoint, metering_meter, metering_meterstate,
 metering_installation"""


def grow(start: int, end: int, divisions: Sequence[str] = ("Uttara West",), phones: int = 0, feeder: int = FEEDER) -> None:
    """Adds the households from `start` up to but not `end`. Statistics and visibility are as autovacuum would leave them.

    `phones` is the first person's number in the country; by itself one that no network gives out.
    """
    from django.db import connection

    given = {"first": FIRST, "start": start, "end": end - 1, "feeder": feeder, "divisions": list(divisions), "phones": phones}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no look-up of each foreign key: they are right by construction
        for step in _STEPS:
            cursor.execute(step, given)
        cursor.execute("RESET session_replication_role")
        cursor.execute(f"VACUUM ANALYZE {_TABLES}")
        cursor.execute("CHECKPOINT")
