from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "bijoli.customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.customers import checks  # noqa: F401 - registers itself
