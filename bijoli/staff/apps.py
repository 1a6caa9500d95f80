from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StaffConfig(AppConfig):
    name = "bijoli.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.staff import held

        held.speak()
        post_migrate.connect(_roles, sender=self)


def _roles(using: str = "default", **_: Any) -> None:
    from bijoli.staff.roles import write

    write(using)
