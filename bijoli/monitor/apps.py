from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "bijoli.monitor"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        from bijoli.monitor.logs.lines import guard_the_end

        if not settings.DEBUG:
            guard_the_end()
