from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "bijoli.notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.metering.upkeep import Chore, add, whole
        from bijoli.notices import held, sending

        add(Chore("notices", whole(sending.send_due), sending.EVERY))
        held.speak()
