from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "bijoli.alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.alerts import held, removed
        from bijoli.customers.erasing import erased
        from bijoli.metering.upkeep import Chore, add, whole

        add(Chore("alerts of meters taken away", whole(removed.close_removed), removed.EVERY))
        erased.connect(held.let_go, dispatch_uid="alerts.let_go")
        held.speak()
