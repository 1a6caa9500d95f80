from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "bijoli.monitor"
    default_auto_field = "django.db.models.BigAutoField"
