import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0002_explain"),
        ("metering", "0007_change_urgent"),
        ("payments", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosureNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lasts_until", models.DateTimeField(null=True)),
                ("recharge_paisa", models.BigIntegerField(null=True)),
                ("over_at", models.DateTimeField(help_text="when it was taken off the bell, or told that recharge stays open", null=True)),
                (
                    "closure",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="payments.closure"),
                ),
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
                ("usage_point", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="metering.usagepoint")),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("over_at", None)), fields=["closure"], name="closure_notice_open")],
                "constraints": [models.UniqueConstraint(fields=("closure", "usage_point"), name="closure_notice_once")],
            },
        ),
    ]
