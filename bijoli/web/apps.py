from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "bijoli.web"
    default_auto_field = "django.db.models.BigAutoField"
