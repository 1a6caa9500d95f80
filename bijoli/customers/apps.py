from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "bijoli.customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        from bijoli.customers import (
            checks,  # noqa: F401 - registers itself
            sessions,
        )

        user_logged_out.connect(sessions.signed_out, dispatch_uid="customers.signed_out")
