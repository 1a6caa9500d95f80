"""The figures for Prometheus, taken from the tables when it asks: no process has to count, and none forgets when it restarts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric

from bijoli.delivery import health as delivery
from bijoli.ingest import health as ingest
from bijoli.metering import health as metering
from bijoli.monitor import backups, database
from bijoli.payments import health as payments

PATIENCE_MS = 3000  # for each query: a scrape must never weigh on the work


class Figures:
    """Metric families that were made already, as a collector."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> Iterable[Metric]:
        return self.families


def registry(now: datetime) -> CollectorRegistry:
    """Everything, as of `now`. Raises django's DatabaseError where the database does not answer in time."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        families = [family for part in PARTS for family in part(now)]
    made = CollectorRegistry()
    made.register(Figures(families))
    return made


def _readings(now: datetime) -> Iterable[Metric]:
    queue = metering.change_queue(now)
    yield _one("bijoli_changes_waiting", "Readings and events on which a rule may act, not yet looked at by watch", queue.waiting)
    yield _one("bijoli_changes_set_aside", "Those that could not be handled and are tried again later", queue.set_aside)
    yield _one("bijoli_changes_oldest_seconds", "How long the oldest waiting one has waited", queue.oldest_s)
    age = metering.last_reading_age(now)
    if age is not None:
        yield _one("bijoli_last_reading_age_seconds", "Since a reading was last stored", age)


def _rejects(now: datetime) -> Iterable[Metric]:
    rows = [((found.gateway, found.door, found.field, found.reason), found.count) for found in ingest.rejects(now)]
    yield _many("bijoli_rejects_last_hour", "Rows that were not taken in the last hour", ("gateway", "door", "field", "reason"), rows)


def _gateways(now: datetime) -> Iterable[Metric]:
    found = ingest.gateways(now)
    silent = [((one.name,), one.silent_s) for one in found if one.silent_s is not None]
    yield _many("bijoli_gateway_silent_seconds", "Since a batch of this gateway was last stored", ("gateway",), silent)
    taken = CounterMetricFamily("bijoli_gateway_rows", "New rows of this gateway", labels=("gateway",))
    for one in found:
        taken.add_metric((one.name,), one.rows)
    yield taken


def _deliveries(now: datetime) -> Iterable[Metric]:
    queue = delivery.delivery_queue(now)
    yield _one("bijoli_deliveries_waiting", "Pushes that deliver still has to send, retries too", queue.waiting)
    yield _one("bijoli_deliveries_oldest_seconds", "Age of the oldest of them", queue.oldest_s)
    yield _one("bijoli_deliveries_overdue_seconds", "How long one is due that no deliver has taken", queue.overdue_s)
    yield _one("bijoli_devices", "Phones that can be pushed to", delivery.live_devices())
    rows = [((found.service, found.status, found.reason), found.count) for found in delivery.outcomes(now)]
    yield _many("bijoli_deliveries_last_hour", "What became of the deliveries of the last hour", ("service", "status", "reason"), rows)


def _delays(now: datetime) -> Iterable[Metric]:
    spans = delivery.spans(now)
    counts = [((span.name,), span.count) for span in spans]
    yield _many("bijoli_delay_pushes", "Pushes of the last hour that went this part of the way", ("span",), counts)
    names = [str(quantile) for quantile in delivery.QUANTILES]
    rows = [((span.name, name), value) for span in spans for name, value in zip(names, span.seconds, strict=True)]
    yield _many("bijoli_delay_seconds", "How long a part of the way took, over the last hour", ("span", "quantile"), rows)


def _money(now: datetime) -> Iterable[Metric]:
    found = payments.standing(now)
    yield _one("bijoli_orders_open", "Orders that are not paid as far as we know; their gateway is asked", found.open)
    yield _one("bijoli_orders_open_oldest_seconds", "Age of the oldest of them", found.open_oldest_s)
    yield _one("bijoli_orders_paid", "Orders that are paid and not delivered yet", found.paid)
    yield _one("bijoli_orders_paid_oldest_seconds", "How long the oldest of them is paid, or may leave for its meter", found.paid_oldest_s)
    yield _one("bijoli_orders_review", "Orders whose money waits for a person", found.review)
    yield _one("bijoli_refunds_proposed", "Refunds that wait for a second person", found.refunds_proposed)
    yield _one("bijoli_refunds_under_way", "Refunds that the gateway has not confirmed yet", found.refunds_under_way)
    yield _one("bijoli_settle_overdue_seconds", "How long something is due that no settle has taken", found.overdue_s)
    rows = [((kind,), float(count)) for kind, count in payments.differences(now).items()]
    yield _many("bijoli_reconciliation_differences", "What yesterday's reconciliation found", ("kind",), rows)
    made = payments.compared(now)
    if made is not None:
        yield _one("bijoli_reconciliation_age_seconds", "Since a day was last compared", made)
    rests = [((name,), float(rests)) for name, rests in payments.resting(now).items()]
    yield _many("bijoli_payment_gateway_rests", "1 where a gateway, or the head-end, fails and rests", ("gateway",), rests)


def _machine(now: datetime) -> Iterable[Metric]:
    yield _one("bijoli_database_bytes", "Size of the database", database.size())
    yield _one("bijoli_data_free_bytes", "Free on the disk of the data folder", shutil.disk_usage(settings.DATA_FOLDER).free)
    yield _one("bijoli_clock_ahead_seconds", "How far this machine's clock is ahead of the database's", database.ahead())
    try:
        age = backups.age(now)
    except OSError:
        age = None  # as if there were none
    if age is not None:
        yield _one("bijoli_backup_age_seconds", "Since the newest backup was made", age)


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _many(name: str, what: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


PARTS: tuple[Callable[[datetime], Iterable[Metric]], ...] = (_readings, _rejects, _gateways, _deliveries, _delays, _money, _machine)
