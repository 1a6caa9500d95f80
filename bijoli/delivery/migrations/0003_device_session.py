from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0002_joined_since"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="session_key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="the sign-in that it belongs to and ends with; empty is none",
                max_length=40,
            ),
        ),
    ]
