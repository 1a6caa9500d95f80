"""Finished months as one row a meter; when each chore was last done."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0005_segments_by_day"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upkeep",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("done_at", models.DateTimeField(null=True)),
                ("turn_at", models.DateTimeField(help_text="when it last had a turn", null=True)),
                ("reached", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Month",
            fields=[
                ("pk", models.CompositePrimaryKey("meter", "month", blank=True, editable=False, primary_key=True, serialize=False)),
                ("month", models.IntegerField(help_text="months since 1970")),
                ("body", models.BinaryField()),
                (
                    "meter",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="metering.meter",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE metering_month ALTER COLUMN body SET STORAGE PLAIN",
            "ALTER TABLE metering_month ALTER COLUMN body SET STORAGE EXTENDED",
        ),
    ]
