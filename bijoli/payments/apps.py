from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "bijoli.payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.metering.upkeep import Chore, add, whole
        from bijoli.payments import billintake

        add(Chore("rejected bills", whole(billintake.drop_old)))
