"""A complaint's time line stays as it was written: the database refuses to change an entry. It goes with its complaint alone."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION complaints_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'complaints_entry is append only';
END
$$;
CREATE TRIGGER complaints_entry_stays BEFORE UPDATE ON complaints_entry FOR EACH STATEMENT EXECUTE FUNCTION complaints_entry_stays();
"""
ALLOW = "DROP TRIGGER complaints_entry_stays ON complaints_entry; DROP FUNCTION complaints_entry_stays();"


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
