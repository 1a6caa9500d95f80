from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "bijoli.metering"
    default_auto_field = "django.db.models.BigAutoField"
