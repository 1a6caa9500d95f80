"""What staff decided about orders, statements that came, rights of the staff for money."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

KEPT = """
CREATE TRIGGER deed_append_only BEFORE UPDATE OR DELETE ON payments_deed FOR EACH ROW EXECUTE FUNCTION payments_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_wallets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="order",
            options={
                "permissions": [
                    ("review_order", "Can decide about money that waits for a person"),
                    ("ask_order", "Can have a gateway asked now"),
                ]
            },
        ),
        migrations.AddField(
            model_name="closure",
            name="cancelled_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name="Deed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(help_text="accept, again, split, ask, propose, approve, withdraw, name", max_length=20)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("order", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="deeds", to="payments.order")),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=20)),
                ("day", models.DateField()),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("gateway"), models.F("day"), name="statement_once")],
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=models.Q(("paid_at__isnull", False)), fields=["paid_at"], name="order_paid"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(django.db.models.functions.comparison.Coalesce("at", "seen_at"), name="payment_came"),
        ),
        migrations.AddIndex(
            model_name="vend",
            index=models.Index(django.db.models.functions.comparison.Coalesce("accepted_at", "ended_at"), name="vend_credited"),
        ),
        migrations.RunSQL(KEPT, "DROP TRIGGER deed_append_only ON payments_deed"),
    ]
