from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "bijoli.simulator"
    default_auto_field = "django.db.models.BigAutoField"
