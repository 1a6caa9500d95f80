from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "bijoli.simulator"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.payments import headend
        from bijoli.simulator.vending.inprocess import simulated

        headend.MAKERS["simulated"] = simulated
