from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "bijoli.ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.ingest import retention
        from bijoli.metering.upkeep import Chore, add, whole

        add(Chore("rejects", whole(retention.drop_old)))
