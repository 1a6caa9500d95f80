"""Alerts with their ladder, and what became of them by SMS."""

from bijoli.core.alerts.stages import STAGES
from bijoli.delivery.models import Delivery
from tests.households import telling


def alert(at, code, **fields):
    """A stage as the rules would tell it."""
    rule = STAGES[code]
    return telling(at, code, severity=rule.severity, sms_s=rule.sms_s, sms_alone=rule.sms_alone, **fields)


def texts():
    return Delivery.objects.filter(channel="sms").order_by("pk")


def states():
    return [(one.notification.code, one.status, one.reason) for one in texts().select_related("notification")]
