"""What was typed stays, whoever asks; and the days of a report are found without reading what lies years back (BRIN: no cost to writers)."""

from django.db import migrations

TABLES = ("reports_sheet", "reports_saving", "reports_indicator")
REFUSE = """
CREATE FUNCTION reports_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME;
END
$$;
""" + "".join(
    f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION reports_stays();\n"
    for table in TABLES
)
ALLOW = "".join(f"DROP TRIGGER {table}_stays ON {table};\n" for table in TABLES) + "DROP FUNCTION reports_stays();"
INDEX = """
CREATE INDEX reports_notification_made ON delivery_notification USING brin (made_at) WITH (autosummarize = on);
CREATE INDEX reports_stage_decided ON alerts_stage USING brin (decided_at) WITH (autosummarize = on);
CREATE INDEX reports_complaint_submitted ON complaints_complaint USING brin (submitted_at) WITH (autosummarize = on);
"""
FORGET = "DROP INDEX reports_notification_made; DROP INDEX reports_stage_decided; DROP INDEX reports_complaint_submitted;"


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_initial"),
        ("delivery", "0003_device_session"),
        ("alerts", "0003_dispute"),
        ("complaints", "0001_initial"),
    ]
    operations = [migrations.RunSQL(REFUSE, ALLOW), migrations.RunSQL(INDEX, FORGET)]
