"""Consents, and what people did about access and their data, stay written down: the database refuses to change or delete a line."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION customers_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER customers_deed_stays BEFORE UPDATE OR DELETE ON customers_deed FOR EACH STATEMENT EXECUTE FUNCTION customers_stays();
CREATE TRIGGER customers_consent_stays BEFORE UPDATE OR DELETE ON customers_consent FOR EACH STATEMENT EXECUTE FUNCTION customers_stays();
"""
ALLOW = """
DROP TRIGGER customers_deed_stays ON customers_deed; DROP TRIGGER customers_consent_stays ON customers_consent;
DROP FUNCTION customers_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_sharing")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
