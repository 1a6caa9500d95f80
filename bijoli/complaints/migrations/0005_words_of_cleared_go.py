"""Of a complaint that was cleared the words of all go, and who wrote them; else a step stays as it was written, save own words."""

from django.db import migrations

NEW = """
CREATE OR REPLACE FUNCTION complaints_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text = '' AND NOT OLD.staff AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
        RETURN NEW;
    END IF;
    IF NEW.text = '' AND NEW.by_id IS NULL AND to_jsonb(NEW) - 'text' - 'by_id' = to_jsonb(OLD) - 'text' - 'by_id'
        AND EXISTS (SELECT FROM complaints_complaint c WHERE c.id = OLD.complaint_id AND c.cleared_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'complaints_entry is append only';
END
$$;
"""
OLD = """
CREATE OR REPLACE FUNCTION complaints_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text = '' AND NOT OLD.staff AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'complaints_entry is append only';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("complaints", "0004_shared_and_cleared")]
    operations = [migrations.RunSQL(NEW, OLD)]
