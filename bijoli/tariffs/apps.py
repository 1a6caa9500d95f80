from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "bijoli.tariffs"
    default_auto_field = "django.db.models.BigAutoField"
