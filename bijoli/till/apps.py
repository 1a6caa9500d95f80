from django.apps import AppConfig


class TillConfig(AppConfig):
    name = "bijoli.till"
    default_auto_field = "django.db.models.BigAutoField"
