from datetime import timedelta

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "bijoli.payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.metering import events
        from bijoli.metering.upkeep import Chore, add, whole
        from bijoli.payments import arrivals, billintake, billtelling, calls, daysums, headend, held, notices, reconcile
        from bijoli.payments.headend.http import http_head_end

        headend.MAKERS["http"] = http_head_end
        events.CREDITED.append(arrivals.arrived)
        add(Chore("reconciliation", reconcile.nightly))
        add(Chore("gateway calls", whole(calls.drop_old), every=timedelta(hours=6)))
        add(Chore("gateway notices", whole(notices.drop_old)))
        add(Chore("bills told", whole(billtelling.tell_due), billtelling.EVERY))
        add(Chore("rejected bills", whole(billintake.drop_old)))
        add(Chore("ledger by day", whole(lambda now, _go_on: daysums.add_up(now)), every=timedelta(hours=1)))
        held.speak()
