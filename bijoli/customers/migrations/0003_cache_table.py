"""The table of the cache that all processes share, so that `migrate` is the only command a new installation needs."""

from django.db import migrations

CREATE = """
CREATE TABLE IF NOT EXISTS cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS cache_expires ON cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_limits")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE IF EXISTS cache")]
