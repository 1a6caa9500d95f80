from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0002_files_in_work"),
    ]

    operations = [
        migrations.AddField(
            model_name="gateway",
            name="last_seen_at",
            field=models.DateTimeField(blank=True, help_text="a batch was stored; at most a minute old", null=True),
        ),
        migrations.AddField(
            model_name="gateway",
            name="rows_taken",
            field=models.BigIntegerField(default=0, db_default=0, help_text="new rows so far, at most a minute behind"),
        ),
    ]
