from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "bijoli.delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.customers.sessions import left_everywhere
        from bijoli.delivery import devices

        left_everywhere.connect(lambda customer_id, **_: devices.let_go(customer_id), weak=False, dispatch_uid="delivery.let_go")
