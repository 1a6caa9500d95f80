"""An order stays: the database lets its state move forward and refuses every other change, whoever asks."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION tariffs_order_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a tariff order is never deleted';
    END IF;
    IF (OLD.id, OLD.public_id, OLD.code, OLD.since, OLD."table", OLD.note, OLD.proposed_by_id, OLD.proposed_at)
       IS DISTINCT FROM (NEW.id, NEW.public_id, NEW.code, NEW.since, NEW."table", NEW.note, NEW.proposed_by_id, NEW.proposed_at) THEN
        RAISE EXCEPTION 'a tariff order is never changed';
    END IF;
    IF OLD.state = 'withdrawn' OR (OLD.state = 'approved' AND NEW.state <> 'withdrawn')
       OR (OLD.approved_at IS NOT NULL
           AND (OLD.approved_by_id, OLD.approved_at) IS DISTINCT FROM (NEW.approved_by_id, NEW.approved_at)) THEN
        RAISE EXCEPTION 'a tariff order only goes from draft to approved to withdrawn';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tariffs_order_stays BEFORE UPDATE OR DELETE ON tariffs_tarifforder FOR EACH ROW EXECUTE FUNCTION tariffs_order_stays();
"""
ALLOW = "DROP TRIGGER tariffs_order_stays ON tariffs_tarifforder; DROP FUNCTION tariffs_order_stays();"


class Migration(migrations.Migration):
    dependencies = [("tariffs", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
