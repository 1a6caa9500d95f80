"""What three months leave behind in a town of 1.3 million homes: alerts, pushes, recharges, payments, complaints, looks. By set-based SQL.

Numbers are plausible, not real: one alert a home, three in five of them with a phone, a recharge after two of three low balances. Triggers
and foreign keys are off while it is written: what is written is right by construction.
"""

from __future__ import annotations

import json

DAYS = 90
# What recurs: the moment of row i, spread over the days; `t` gives homes as (customer, account, meter, i).
_WHEN = f"now() - interval '1 hour' - (i::bigint * 7919 %% {DAYS * 86_400}) * interval '1 second'"
_HOMES = """CREATE TEMPORARY TABLE home AS SELECT c.id AS customer, a.id AS account, i.meter_id AS meter, a.number::int AS i, p.division
 FROM customers_access x JOIN customers_customer c ON c.id = x.customer_id JOIN customers_account a ON a.id = x.account_id
 JOIN metering_usagepoint p ON p.account_id = a.id JOIN metering_installation i ON i.usage_point_id = p.id WHERE i.removed_at IS NULL"""
_STEPS = (
    _HOMES,
    "ANALYZE home",
    "UPDATE customers_customer SET phone_verified_at = now() - interval '200 days', name = 'Customer ' || id WHERE id %% 5 < 3",
    """UPDATE metering_meterstate SET last_at = %(at)s, received_at = now(), load_w = meter_id::bigint * 104729 %% 4000, load_at = %(at)s,
 relay = 1, balance_paisa = 20000 + meter_id::bigint * 7919 %% 200000, balance_at = %(at)s, register_wh = 20000000, register_at = %(at)s""",
    """INSERT INTO delivery_device (public_id, customer_id, endpoint, p256dh, auth, label, language, created_at, seen_at)
 SELECT gen_random_uuid(), customer, 'https://push.test/' || lpad(i::text, 100, '0'), decode(repeat('04', 65), 'hex'),
  decode(repeat('07', 16), 'hex'), 'Chrome, Android', 'bn', now() - interval '100 days', now() FROM home WHERE i %% 5 < 3""",
    f"""INSERT INTO alerts_episode (id, meter_id, kind, opened_at, closed_at, closed_why, lap, memory, created_at)
 OVERRIDING SYSTEM VALUE SELECT i + 1, meter, kind, at, CASE WHEN at < now() - interval '12 hours' THEN at + interval '5 hours' END,
  CASE WHEN at < now() - interval '12 hours' THEN 'recovered' ELSE '' END, 1, '{{}}', at + interval '2 seconds'
 FROM (SELECT *, {_WHEN} AS at, (ARRAY['low','low','low','low','low','low','low','zero','zero','overload','tamper'])[1 + i %% 11] AS kind
  FROM home) h""",
    """INSERT INTO alerts_stage (id, public_id, episode_id, code, times, lap, at, received_at, decided_at, balance_paisa, load_w, relay,
  facts,
 suppressed) OVERRIDING SYSTEM VALUE SELECT id, gen_random_uuid(), id, CASE kind WHEN 'low' THEN 'L1' WHEN 'zero' THEN 'Z2'
  WHEN 'overload' THEN 'O1' ELSE 'T1' END, 1, 1, opened_at, opened_at + interval '1 second', created_at, 8400, 900, 1, '{}', ''
 FROM alerts_episode""",
    """INSERT INTO alerts_stage (id, public_id, episode_id, code, times, lap, at, received_at, decided_at, relay, facts, suppressed)
 OVERRIDING SYSTEM VALUE SELECT id + 2000000, gen_random_uuid(), id, 'ZR', 1, 1, closed_at, closed_at, closed_at + interval '1 second', 1,
  jsonb_build_object('out_since', opened_at), '' FROM alerts_episode WHERE kind = 'zero' AND closed_at IS NOT NULL""",
    """INSERT INTO delivery_notification (id, public_id, customer_id, account_id, meter_id, stage_id, kind, code, severity, at, received_at,
 facts, made_at, read_at) OVERRIDING SYSTEM VALUE SELECT h.i + 1, gen_random_uuid(), customer, account, meter, s.id, e.kind, s.code, 2,
  s.at,
  s.received_at, '{"balance_paisa": 8400}', s.decided_at, CASE WHEN h.i %% 5 < 2 THEN s.decided_at + interval '20 minutes' END
 FROM home h JOIN alerts_stage s ON s.id = h.i + 1 JOIN alerts_episode e ON e.id = s.episode_id ORDER BY s.decided_at""",
    """INSERT INTO delivery_delivery (notification_id, channel, device_id, status, reason, severity, topic, urgency, expires_at, silent,
 attempts, due_at, queued_at, sent_at, displayed_at, opened_at)
 SELECT n.id, 'webpush', d.id, CASE WHEN d.id IS NULL THEN 'suppressed' WHEN n.id %% 10 < 3 THEN 'opened' WHEN n.id %% 10 < 9
  THEN 'displayed' ELSE 'sent' END, CASE WHEN d.id IS NULL THEN 'no device' ELSE '' END, 2, left(md5(n.id::text), 32), 'high',
  n.made_at + interval '1 day', false, 1, n.made_at, n.made_at, CASE WHEN d.id IS NOT NULL THEN n.made_at + interval '0.2 seconds' END,
  CASE WHEN d.id IS NOT NULL AND n.id %% 10 < 9 THEN n.made_at + (1 + n.id %% 900) * interval '1 second' END,
  CASE WHEN d.id IS NOT NULL AND n.id %% 10 < 3 THEN n.made_at + (2 + n.id %% 900) * interval '1 second' END
 FROM delivery_notification n LEFT JOIN delivery_device d ON d.customer_id = n.customer_id ORDER BY n.made_at""",
    """INSERT INTO metering_credit (meter_id, at, received_at, "order", credited_paisa, gross_paisa, charges, channel, tokens)
 SELECT meter_id, opened_at + interval '4 hours', opened_at + interval '4 hours', 'o' || id, 42000, 50000, '[]', 'bKash', '[]'
 FROM alerts_episode WHERE kind IN ('low', 'zero') AND id %% 3 > 0 AND opened_at < now() - interval '5 hours'""",
    f"""INSERT INTO metering_meterevent (meter_id, at, received_at, profile, code, source_id, kind)
 SELECT meter, {_WHEN}, {_WHEN}, 'is15959', CASE WHEN i %% 16 = 0 THEN '9' || i %% 37 ELSE '101' END, 'b' || i,
  CASE WHEN i %% 16 = 0 THEN '' ELSE 'power_failed' END FROM home WHERE i %% 2 = 0""",
    f"""INSERT INTO payments_order (id, public_id, number, key, purpose, customer_id, account_id, meter_id, other, amount_paisa, quote,
  state,
 reason, gateway, ref, facts, hint, created_at, expires_at, paid_at, ended_at, asked) OVERRIDING SYSTEM VALUE
 SELECT i + 1, gen_random_uuid(), 'R' || lpad(i::text, 12, '0'), gen_random_uuid(), 'recharge', customer, account, meter, false, 50000,
  '{{}}', CASE WHEN i %% 30000 = 0 THEN 'review' WHEN i %% 7 = 0 THEN 'expired' ELSE 'done' END, CASE WHEN i %% 30000 = 0 THEN 'amount' ELSE
  '' END, (ARRAY['bkash','nagad','sslcommerz'])[1 + i %% 3], 'ref' || i, '{{}}', '', {_WHEN}, {_WHEN} + interval '30 minutes',
  CASE WHEN i %% 7 > 0 THEN {_WHEN} + interval '50 seconds' END, {_WHEN} + interval '1 minute', 3 FROM home WHERE i %% 2 = 1""",
    """INSERT INTO payments_payment (order_id, gateway, transaction_id, paisa, wrong, facts, at, seen_at)
 SELECT id, gateway, 'T' || id, amount_paisa, CASE WHEN state = 'review' THEN 'amount' ELSE '' END, '{}', paid_at, paid_at
 FROM payments_order WHERE paid_at IS NOT NULL""",
    """INSERT INTO payments_vend (order_id, key, meter_id, gross_paisa, expected_paisa, sold_at, state, reason, split, tokens, typed,
  queued_at,
 sent_at, accepted_at, ended_at, asked) SELECT id, gen_random_uuid(), meter_id, amount_paisa, 42000, created_at, 'on_meter', '', '{}', '[]',
  '[]', paid_at, paid_at, paid_at, ended_at, 1 FROM payments_order WHERE state = 'done'""",
    """INSERT INTO payments_entry (id, key, order_id, at) OVERRIDING SYSTEM VALUE SELECT id * 2, 'payment:' || id, id, paid_at
 FROM payments_order WHERE paid_at IS NOT NULL UNION ALL SELECT id * 2 + 1, 'vend:' || id, id, ended_at FROM payments_order
 WHERE state = 'done' ORDER BY 4""",
    """INSERT INTO payments_posting (entry_id, account, party_id, paisa)
 SELECT e.id, CASE WHEN e.id %% 2 = 0 THEN 'gateway:' || o.gateway ELSE 'prepaid' END, NULL, 50000
 FROM payments_entry e JOIN payments_order o ON o.id = e.order_id UNION ALL
 SELECT e.id, CASE WHEN e.id %% 2 = 0 THEN 'prepaid' ELSE 'meters' END, o.account_id, -50000
 FROM payments_entry e JOIN payments_order o ON o.id = e.order_id""",
    """INSERT INTO payments_refund (public_id, payment_id, paisa, why, state, proposed_at, ref, reason, asked)
 SELECT gen_random_uuid(), id, paisa, 'paid twice', 'refunded', seen_at, 'r' || id, '', 1 FROM payments_payment WHERE id %% 300 = 0""",
    """INSERT INTO payments_gatewaycall (gateway, what, at, ok, ms) SELECT (ARRAY['bkash','nagad','sslcommerz'])[1 + i %% 3], 'ask',
 now() - i * interval '2.5 seconds', i %% 50 > 0, 100 + i %% 900 FROM generate_series(1, 100000) i""",
    """INSERT INTO payments_reconciliation (day, made_at, sums) SELECT current_date - i, now(), '{}' FROM generate_series(1, 90) i""",
    """INSERT INTO payments_difference (reconciliation_id, kind, gateway, order_id, transaction_id, gateway_paisa) SELECT r.id,
  'only_gateway',
 'bkash', o.id, 'D' || o.id, 50000 FROM payments_reconciliation r, LATERAL (SELECT id FROM payments_order
  WHERE created_at > r.day AND state = 'done' ORDER BY created_at LIMIT 3) o""",
    """INSERT INTO payments_closure (public_id, starts_at, ends_at, policy, words, announced_at) SELECT gen_random_uuid(),
 now() - i * interval '9 days', now() - i * interval '9 days' + interval '6 hours', 'hold', '{"bn": "বন্ধ", "en": "Closed"}',
 now() - i * interval '10 days' FROM generate_series(1, 20) i""",
    f"""INSERT INTO complaints_complaint (id, public_id, number, draft, customer_id, account_id, division, category, danger, text, place,
  facts,
 state, submitted_at, promised_at, level, finding, resolved_at, closed_at, reopened, rating, private) OVERRIDING SYSTEM VALUE
 SELECT i + 1, gen_random_uuid(), 'C' || lpad(i::text, 12, '0'), gen_random_uuid(), customer, account, division,
  (%(categories)s::text[])[1 + i %% cardinality(%(categories)s::text[])], i %% 130 = 0, 'No light since the morning', '', '[]',
  CASE WHEN open THEN 'assigned' ELSE 'closed' END, at, at + interval '24 hours', 0, CASE WHEN open THEN '' ELSE 'fixed' END,
  CASE WHEN NOT open THEN at + interval '9 hours' END, CASE WHEN NOT open THEN at + interval '8 days' END, 0, CASE WHEN NOT open THEN 4 END,
  i %% 5 = 0
 FROM (SELECT *, {_WHEN} AS at, {_WHEN} > now() - interval '2 days' AS open FROM home WHERE i %% 13 = 0) h""",
    """INSERT INTO complaints_entry (complaint_id, at, kind, text, facts, by_id, staff, inside) SELECT c.id, c.submitted_at
  + k * interval '1 hour', (ARRAY['submitted','assigned','resolved'])[k + 1], '', '{}', NULL, k > 0, false
 FROM complaints_complaint c, generate_series(0, 2) k WHERE k < 2 OR c.resolved_at IS NOT NULL""",
    """INSERT INTO complaints_photo (public_id, complaint_id, body, width, height, made_at) SELECT gen_random_uuid(), id,
 decode(repeat('ffd8', 20000), 'hex'), 1280, 960, submitted_at FROM complaints_complaint WHERE id %% 100 = 1""",
    """INSERT INTO alerts_dispute (public_id, stage_id, customer_id, account_id, text, created_at, answer, closed_at)
 SELECT gen_random_uuid(), stage_id, customer_id, account_id, 'This is wrong', made_at + interval '1 hour', 'Looked at',
  CASE WHEN made_at < now() - interval '1 day' THEN made_at + interval '9 hours' END
 FROM delivery_notification WHERE id %% 260 = 0""",
    f"""INSERT INTO insight_question (public_id, account_id, customer_id, first, last, part, paisa, arithmetic, created_at, answer,
  closed_at)
 SELECT gen_random_uuid(), account, customer, ({_WHEN})::date - 3, ({_WHEN})::date - 1, meter, -900, %(sum)s, {_WHEN}, 'Answered', now()
 FROM home WHERE i %% 260 = 1""",
    """INSERT INTO insight_looked (day, block, division, tariff, meters, unknown) SELECT day, block, d, 'LT-A', 830, 4
 FROM generate_series(%(today)s - 365, %(today)s) day, generate_series(0, 65) block, unnest(%(divisions)s::text[]) d""",
    """INSERT INTO insight_unexplained (meter_id, day, division, tariff, paisa) SELECT meter, %(today)s - i %% 365, division, 'LT-A', -300
 FROM home WHERE i %% 20 = 0""",
    """INSERT INTO ingest_gateway (name, token_hash, meter_prefix, created_at) SELECT 'gateway ' || i, decode(md5(i::text), 'hex'), '',
  now()
 FROM generate_series(1, 40) i""",
    """INSERT INTO ingest_reject (gateway_id, door, received_at, row, field, reason, quarantined, body) SELECT 1 + i %% 40, 'readings',
 now() - i * interval '20 seconds', i %% 900, 'meter', (%(reasons)s::text[])[1 + i %% cardinality(%(reasons)s::text[])], false, '{}'
 FROM generate_series(1, 300000) i""",
    """INSERT INTO staff_looked (at, staff_id, page, thing, customer_id, account_id, reason)
 SELECT now() - i * interval '7 seconds', 1 + i %% 60, 'customers.customer/view', customer::text, customer, account, ''
 FROM home WHERE i BETWEEN 1 AND 1000000 ORDER BY 1""",
    """INSERT INTO customers_deed (at, customer_id, what, account_id, facts) SELECT now() - i * interval '30 seconds', customer,
 (ARRAY['linked','invited','accepted','consent','ended'])[1 + i %% 5], account, '{}' FROM home WHERE i BETWEEN 1 AND 250000 ORDER BY 1""",
    """INSERT INTO notices_notice (public_id, kind, title, body, feeders, divisions, accounts, bounds, touches, starts_at, ends_at, send_at,
 expires_at, counted, proposed_by_id, proposed_at, reached, told, sent_at, cleared_at) SELECT gen_random_uuid(), 'outage',
  '{"bn": "কাজ", "en": "Works"}', '{"bn": "কাজ", "en": "Works"}', ARRAY['F-' || i], '{}', '{}', '{}', ARRAY[(%(divisions)s::text[])[1]], at,
  at + interval '3 hours', at - interval '1 day', at + interval '3 hours', 500, 1, at - interval '2 days', 1, 500, at,
  at + interval '4 hours'
 FROM (SELECT i, now() - i * interval '4 hours' AS at FROM generate_series(1, 500) i) w""",
    """INSERT INTO alerts_workorder (public_id, feeder, division, begins_at, ends_at, note, approved_at) SELECT gen_random_uuid(),
  'F-' || i,
 (%(divisions)s::text[])[1 + i %% cardinality(%(divisions)s::text[])], now() - i * interval '1 hour', now() - (i - 5) * interval '1 hour',
 'New transformer', now() FROM generate_series(1, 3000) i""",
    """INSERT INTO alerts_storm (feeder, kind, began_at, ended_at, episodes) SELECT 'F-' || i %% 2600, 'low', now() - i * interval '1 hour',
 CASE WHEN i > 3 THEN now() - i * interval '1 hour' + interval '40 minutes' END, 180 FROM generate_series(1, 2000) i""",
)
_SUM = {
    **{"version": 1, "first": "2026-11-01", "last": "2026-11-03", "energy_wh": 9000, "expected": -6000, "remainder": -900, "unknown": []},
    "start": {"at": 1_793_500_000, "paisa": 50_000, "wh": 100_000},
    "end": {"at": 1_793_759_200, "paisa": 43_100, "wh": 109_000},
    "lines": [],
    "tariffs": [{"code": "LT-A", "since": "2024-02-01", "source": "gazette"}],
}
_ANALYZE = """VACUUM ANALYZE customers_customer, metering_meterstate, metering_credit, metering_meterevent, delivery_device,
 delivery_notification, delivery_delivery, alerts_episode, alerts_stage, alerts_dispute, payments_order, payments_payment, payments_vend,
 payments_entry, payments_posting, complaints_complaint, complaints_entry, insight_looked, insight_unexplained, ingest_reject, staff_looked,
 customers_deed, payments_gatewaycall"""


def fill(at: int, today: int, divisions: list[str]) -> None:
    """For the homes that `fleet.grow` has made. `at`: the last reading of all, seconds since 1970; `today`: days since 1970."""
    from django.conf import settings
    from django.db import connection

    categories = [one.key for one in settings.UTILITY.complaints.categories]
    given = {"at": at, "today": today, "divisions": divisions, "categories": categories, "reasons": ["unknown meter", "not a number"]}
    given["sum"] = json.dumps(_SUM)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for step in _STEPS:
            cursor.execute(step, given)
        cursor.execute("RESET session_replication_role")
        for name in ("alerts_episode", "alerts_stage", "delivery_notification", "payments_order", "payments_entry", "complaints_complaint"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
        cursor.execute(_ANALYZE)
        cursor.execute("CHECKPOINT")
