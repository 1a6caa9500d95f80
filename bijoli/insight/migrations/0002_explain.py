import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0001_homes"),
        ("customers", "0003_cache_table"),
        ("metering", "0007_change_urgent"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Looked",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.IntegerField(help_text="local day, days since 1970")),
                ("block", models.IntegerField(help_text="meter id / audit.BLOCK")),
                ("division", models.CharField(max_length=40)),
                ("tariff", models.CharField(max_length=12)),
                ("meters", models.IntegerField(help_text="meters whose day was decided on")),
                ("unknown", models.IntegerField(help_text="meters whose day could not be decided on")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("day"), models.F("block"), models.F("division"), models.F("tariff"), name="looked_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("first", models.DateField(help_text="the days asked about, both inclusive")),
                ("last", models.DateField()),
                ("part", models.IntegerField(help_text="the meter's id; negative: its arrival in the place of another")),
                ("paisa", models.BigIntegerField(help_text="the remainder: negative where more left the balance than is known")),
                ("arithmetic", models.JSONField(help_text="the explanation as the customer saw it (snapshot.taken)")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("answer", models.CharField(blank=True, max_length=1000)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="customers.account"),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="questions", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "last"], name="question_account"),
                    models.Index(fields=["-created_at"], name="question_newest"),
                    models.Index(condition=models.Q(("closed_at", None)), fields=["created_at"], name="question_open"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("account"),
                        models.F("first"),
                        models.F("last"),
                        models.F("part"),
                        condition=models.Q(("closed_at", None)),
                        name="question_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Unexplained",
            fields=[
                ("pk", models.CompositePrimaryKey("meter", "day", blank=True, editable=False, primary_key=True, serialize=False)),
                ("day", models.IntegerField(help_text="local day, days since 1970")),
                ("division", models.CharField(max_length=40)),
                ("tariff", models.CharField(max_length=12)),
                ("paisa", models.BigIntegerField(help_text="negative where more left the balance than is known")),
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
            options={
                "indexes": [models.Index(fields=["day"], name="unexplained_day")],
            },
        ),
    ]
