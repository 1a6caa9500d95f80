from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "bijoli.delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.customers.codes import CHANNELS
        from bijoli.customers.sessions import left, left_everywhere
        from bijoli.delivery import devices, retention, smscodes
        from bijoli.metering.upkeep import Chore, add, whole

        CHANNELS["gateway"] = smscodes.gateway
        left_everywhere.connect(devices.all_left, dispatch_uid="delivery.all_left")
        left.connect(devices.session_left, dispatch_uid="delivery.session_left")
        add(Chore("notifications", whole(retention.drop_old)))
