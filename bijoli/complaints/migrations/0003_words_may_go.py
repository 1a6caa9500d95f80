"""A step stays as it was written, save that a customer's own words may be emptied: who deletes their account takes them along."""

from django.db import migrations

NEW = """
CREATE OR REPLACE FUNCTION complaints_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text = '' AND NOT OLD.staff AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'complaints_entry is append only';
END
$$;
DROP TRIGGER complaints_entry_stays ON complaints_entry;
CREATE TRIGGER complaints_entry_stays BEFORE UPDATE ON complaints_entry FOR EACH ROW EXECUTE FUNCTION complaints_entry_stays();
"""
OLD = """
DROP TRIGGER complaints_entry_stays ON complaints_entry;
CREATE OR REPLACE FUNCTION complaints_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'complaints_entry is append only';
END
$$;
CREATE TRIGGER complaints_entry_stays BEFORE UPDATE ON complaints_entry FOR EACH STATEMENT EXECUTE FUNCTION complaints_entry_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("complaints", "0002_append_only")]
    operations = [migrations.RunSQL(NEW, OLD)]
