from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "bijoli.complaints"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.complaints import chores, held
        from bijoli.customers.erasing import erased
        from bijoli.metering.upkeep import Chore, add, whole

        add(Chore("late complaints", whole(chores.rise), chores.EVERY))
        add(Chore("resolved complaints", whole(chores.close)))
        add(Chore("photos of closed complaints", whole(chores.drop_photos)))
        add(Chore("words of closed complaints", whole(chores.clear)))
        erased.connect(held.let_go, dispatch_uid="complaints.let_go")
        held.speak()
