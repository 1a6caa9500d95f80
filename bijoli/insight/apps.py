from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "bijoli.insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bijoli.alerts.forecast import plug
        from bijoli.insight import audit, closing, held, learning, lookahead, slabguard
        from bijoli.insight.forecasts import Forecaster
        from bijoli.metering.upkeep import Chore, add, whole

        plug(Forecaster())
        add(Chore("homes", learning.round_of_homes))
        add(Chore("balances ahead", lookahead.look, lookahead.EVERY))
        add(Chore("slabs ahead", slabguard.guard_slabs, slabguard.EVERY))
        add(Chore("slabs of former months", whole(slabguard.end_month)))
        add(Chore("recharge closes", closing.look_ahead, closing.EVERY))
        add(Chore("recharge stays open", whole(closing.end), closing.EVERY))
        add(Chore("unexplained taka", audit.look))
        held.speak()
