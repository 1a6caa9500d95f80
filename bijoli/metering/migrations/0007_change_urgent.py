"""The changes that may mean danger or darkness are found without looking through all the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0006_months_and_upkeep"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("source", "event"), ("relay__gt", 1), _connector="OR"), fields=["id"], name="change_urgent"
            ),
        ),
    ]
