"""The statements of `load`, in their order. They work on two temporary tables of one piece of lines.

An INSERT is a pair: the columns that it gives, as SQL, and where they come from; the model's defaults fill the rest.
"""

from __future__ import annotations

Insert = tuple[dict[str, str], str]

LINE = ("line", "account", "mode", "meter", "installed_at", "division", "feeder", "sanctioned_w", "phases", "tariff", "profile")
STAGE = """
CREATE TEMP TABLE IF NOT EXISTS load_line (line int, account text, mode text, meter text, installed_at timestamptz,
 division text, feeder text, sanctioned_w int, phases smallint, tariff text, profile text) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS load_person (line int, account text, phone text, name text, role text, nickname text) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS load_step (line int, step int, point_id bigint, meter_id int, installed_at timestamptz) ON COMMIT DROP;
TRUNCATE load_line, load_person, load_step"""
STAGED = "ANALYZE load_line, load_person"

# The last line of an account, or of a meter, is what holds
_LATEST = "(SELECT DISTINCT ON (account) * FROM load_line ORDER BY account, installed_at DESC NULLS LAST, line DESC) l"

ACCOUNTS: Insert = ({"number": "l.account", "mode": "l.mode"}, f"FROM {_LATEST} ORDER BY l.line")

POINTS: Insert = (
    {
        "account_id": "a.id",
        "division": "l.division",
        "feeder": "l.feeder",
        "sanctioned_load_w": "l.sanctioned_w",
        "phases": "l.phases",
        "tariff": "l.tariff",
    },
    f"FROM {_LATEST} JOIN customers_account a ON a.number = l.account ORDER BY l.line",
)
POINTS_AGAIN = """ON CONFLICT (account_id) DO UPDATE SET division = excluded.division, feeder = excluded.feeder,
 sanctioned_load_w = excluded.sanctioned_load_w, phases = excluded.phases, tariff = excluded.tariff
 WHERE (x.division, x.feeder, x.sanctioned_load_w, x.phases, x.tariff)
  IS DISTINCT FROM (excluded.division, excluded.feeder, excluded.sanctioned_load_w, excluded.phases, excluded.tariff)"""

# Only new ones: a conflict would use up an id, and ids are to be dense. In the file's order: neighbours there are neighbours here
METERS: Insert = (
    {"number": "l.meter", "profile": "l.profile"},
    """FROM (SELECT DISTINCT ON (meter) * FROM load_line ORDER BY meter, line) l
 WHERE NOT EXISTS (SELECT FROM metering_meter m WHERE m.number = l.meter) ORDER BY l.line""",
)
PROFILES = """UPDATE metering_meter m SET profile = l.profile
 FROM (SELECT DISTINCT ON (meter) * FROM load_line ORDER BY meter, line DESC) l WHERE m.number = l.meter AND m.profile <> l.profile"""

# A new meter is calm: the second reading of each of a million meters is no news
STATES: Insert = (
    {"meter_id": "m.id", "sanctioned_load_w": "l.sanctioned_w", "calm": "2"},
    """FROM (SELECT DISTINCT ON (meter) * FROM load_line ORDER BY meter, line DESC) l JOIN metering_meter m ON m.number = l.meter
 WHERE NOT EXISTS (SELECT FROM metering_meterstate s WHERE s.meter_id = m.id) ORDER BY m.id""",
)

# Where an account has several meters in this piece, one after the other, by date
STEPS = """INSERT INTO load_step
 SELECT l.line, row_number() OVER (PARTITION BY p.id ORDER BY l.installed_at NULLS FIRST, l.line), p.id, m.id, l.installed_at
 FROM (SELECT DISTINCT ON (account, meter) * FROM load_line ORDER BY account, meter, line) l
 JOIN customers_account a ON a.number = l.account JOIN metering_usagepoint p ON p.account_id = a.id
 JOIN metering_meter m ON m.number = l.meter"""
STEPPED = "ANALYZE load_step"  # without statistics its joins with itself are taken for tiny ones
STEP_NUMBERS = "SELECT DISTINCT step FROM load_step ORDER BY step"
DONE = """DELETE FROM load_step t WHERE step = %s AND EXISTS (SELECT FROM metering_installation i WHERE i.meter_id = t.meter_id
 AND i.usage_point_id = t.point_id AND (i.removed_at IS NULL OR i.installed_at = t.installed_at OR i.removed_at > t.installed_at))"""

ELSEWHERE = "stands at another account; load that account's new meter first"
REFUSALS = [  # each a condition of its own, so that it is a join and not a search for every line
    (
        """DELETE FROM load_step t WHERE step = %s AND EXISTS (SELECT FROM metering_installation i
 WHERE i.meter_id = t.meter_id AND i.removed_at IS NULL AND i.usage_point_id <> t.point_id) RETURNING line""",
        "meter",
        ELSEWHERE,
    ),
    (
        """DELETE FROM load_step t WHERE step = %s AND EXISTS (SELECT FROM load_step u
 WHERE u.step = t.step AND u.meter_id = t.meter_id AND u.line < t.line) RETURNING line""",
        "meter",
        ELSEWHERE,
    ),
    (
        """DELETE FROM load_step t WHERE step = %s AND EXISTS (SELECT FROM metering_installation i
 WHERE i.usage_point_id = t.point_id AND i.removed_at IS NULL
  AND (t.installed_at IS NULL OR i.installed_at >= t.installed_at)) RETURNING line""",
        "installed_at",
        "another meter stands there since this date or later; a meter exchange needs a later date",
    ),
]
CLOSE = """UPDATE metering_installation i SET removed_at = t.installed_at FROM load_step t
 WHERE t.step = %s AND i.usage_point_id = t.point_id AND i.removed_at IS NULL"""
OPEN: Insert = (
    {"meter_id": "t.meter_id", "usage_point_id": "t.point_id", "installed_at": "coalesce(t.installed_at, now())"},
    "FROM load_step t WHERE t.step = %s ORDER BY t.line",
)
SANCTIONED = """UPDATE metering_meterstate s SET sanctioned_load_w = p.sanctioned_load_w
 FROM load_line l JOIN customers_account a ON a.number = l.account JOIN metering_usagepoint p ON p.account_id = a.id
 JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL
 WHERE s.meter_id = i.meter_id AND s.sanctioned_load_w <> p.sanctioned_load_w"""

# '!' and a random text: a password that nothing matches
CUSTOMERS: Insert = (
    {"phone": "n.phone", "name": "n.name", "password": "'!' || gen_random_uuid()"},
    "FROM (SELECT DISTINCT ON (phone) * FROM load_person ORDER BY phone, name = '', line) n ORDER BY n.line",
)
NAMES = """UPDATE customers_customer c SET name = n.name FROM load_person n WHERE c.phone = n.phone AND n.name <> '' AND c.name = ''"""
_LIVE = "(x.until IS NULL OR x.until > now())"
# Access that a person has ended (`ended_at`) is not given back by the same register
ACCESS: Insert = (
    {
        "customer_id": "c.id",
        "account_id": "a.id",
        "role": "n.role",
        "nickname": "n.nickname",
        "position": """(SELECT count(*) FROM customers_access x WHERE x.customer_id = c.id)
 + row_number() OVER (PARTITION BY c.id ORDER BY n.line) - 1""",
    },
    f"""FROM (SELECT DISTINCT ON (phone, account) * FROM load_person ORDER BY phone, account, line DESC) n
 JOIN customers_customer c ON c.phone = n.phone JOIN customers_account a ON a.number = n.account
 WHERE NOT EXISTS (SELECT FROM customers_access x WHERE x.customer_id = c.id AND x.account_id = a.id
  AND ({_LIVE} OR x.ended_at IS NOT NULL)) ORDER BY n.line""",
)
# A role is the utility's to say; a nickname only until the person chose one
ACCESS_AGAIN = f"""UPDATE customers_access x SET role = n.role, nickname = coalesce(nullif(x.nickname, ''), n.nickname)
 FROM (SELECT DISTINCT ON (phone, account) * FROM load_person ORDER BY phone, account, line DESC) n
 JOIN customers_customer c ON c.phone = n.phone JOIN customers_account a ON a.number = n.account
 WHERE x.customer_id = c.id AND x.account_id = a.id AND {_LIVE}
  AND (x.role, x.nickname) IS DISTINCT FROM (n.role, coalesce(nullif(x.nickname, ''), n.nickname))"""
METERS_WITH_OWN_LIMITS = """SELECT DISTINCT i.meter_id FROM load_line l JOIN customers_account a ON a.number = l.account
 JOIN customers_access x ON x.account_id = a.id AND x.own_limit_paisa IS NOT NULL
 JOIN metering_usagepoint p ON p.account_id = a.id JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL"""
