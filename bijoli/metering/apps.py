from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "bijoli.metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.metering import chores  # noqa: F401 - puts its chores on the list
