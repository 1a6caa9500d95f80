"""Who looked stays written down: the database refuses to change or delete a line, whoever asks."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION staff_looked_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'staff_looked is append only';
END
$$;
CREATE TRIGGER staff_looked_stays BEFORE UPDATE OR DELETE ON staff_looked FOR EACH STATEMENT EXECUTE FUNCTION staff_looked_stays();
"""
ALLOW = "DROP TRIGGER staff_looked_stays ON staff_looked; DROP FUNCTION staff_looked_stays();"


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
