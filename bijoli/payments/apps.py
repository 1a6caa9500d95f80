from datetime import timedelta

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "bijoli.payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.metering.upkeep import Chore, add, whole
        from bijoli.payments import calls, notices, reconcile

        add(Chore("reconciliation", reconcile.nightly))
        add(Chore("gateway calls", whole(calls.drop_old), every=timedelta(hours=6)))
        add(Chore("notices", whole(notices.drop_old)))
