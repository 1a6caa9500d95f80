from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "bijoli.delivery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.customers.codes import CHANNELS
        from bijoli.customers.erasing import erased
        from bijoli.customers.mailbox import SENDERS
        from bijoli.customers.sessions import left, left_everywhere
        from bijoli.customers.sharing import invited
        from bijoli.delivery import devices, emailing, held, inviting, retention, smscodes
        from bijoli.metering.upkeep import Chore, add, whole

        CHANNELS["gateway"] = smscodes.gateway
        SENDERS.append(emailing.send_code)
        left_everywhere.connect(devices.all_left, dispatch_uid="delivery.all_left")
        left.connect(devices.session_left, dispatch_uid="delivery.session_left")
        erased.connect(held.let_go, dispatch_uid="delivery.let_go")
        invited.connect(inviting.tell, dispatch_uid="delivery.invited")
        held.speak()
        add(Chore("notifications", whole(retention.drop_old)))
