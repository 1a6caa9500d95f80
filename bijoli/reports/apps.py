from importlib import import_module

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "bijoli.reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("bijoli.reports.chores")
