"""Meters, where they stand, and what they told.

Energy is Wh, load W, money paisa; `at` of a reading is the meter's own time, in seconds since 1970 UTC.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class UsagePoint(models.Model):
    """Where electricity is delivered (IEC CIM UsagePoint): one for an account."""

    account = models.OneToOneField("customers.Account", on_delete=models.CASCADE, related_name="usage_point")
    division = models.CharField(max_length=40, help_text="S&D division, a key of the utility's office list")
    feeder = models.CharField(max_length=40)
    sanctioned_load_w = models.PositiveIntegerField()
    phases = models.PositiveSmallIntegerField(default=1)
    tariff = models.CharField(max_length=12, default="LT-A", help_text="tariff class, a key of the tariff file")

    class Meta:
        indexes = [
            models.Index(fields=["feeder", "division"], name="point_feeder"),
            models.Index(fields=["division"], include=["account"], name="point_division"),  # the staff of a division look through theirs
        ]

    def __str__(self) -> str:
        return f"usage point {self.pk}"


class Meter(models.Model):
    """A physical meter. `id` is dense and given in blocks, in the order of loading: neighbours on a feeder are neighbours here."""

    id = models.AutoField(primary_key=True)
    number = models.CharField(max_length=12, unique=True)
    profile = models.CharField(max_length=12, default="is15959", help_text="which list of event codes it speaks")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"meter {self.pk}"


class Installation(models.Model):
    """Which meter stood where, from when to when. A meter exchange closes one row and opens another."""

    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="installations")
    usage_point = models.ForeignKey(UsagePoint, on_delete=models.PROTECT, related_name="installations")
    installed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("meter", condition=Q(removed_at=None), name="installation_meter_once"),
            models.UniqueConstraint("usage_point", condition=Q(removed_at=None), name="installation_point_once"),
        ]

    def __str__(self) -> str:
        return f"installation {self.pk}"


class Relay(models.IntegerChoices):
    """State of the disconnect switch, as reported. 0 is not reported."""

    UNKNOWN = 0
    CLOSED = 1
    OPEN_CREDIT = 2
    OPEN_OVERLOAD = 3
    OPEN_OTHER = 4


class MeterState(models.Model):
    """What is known of a meter now, and today's rollup. One row a meter, written by `record` alone, always in place (fillfactor 50)."""

    meter = models.OneToOneField(Meter, on_delete=models.CASCADE, primary_key=True, related_name="state")
    sanctioned_load_w = models.IntegerField(help_text="copy of the usage point's, so that the statement needs one table")
    edges = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="balance limits of this meter in paisa, ascending; null is the utility's own",
    )
    last_at = models.BigIntegerField(default=0)
    received_at = models.DateTimeField(null=True)
    balance_paisa = models.BigIntegerField(null=True)
    balance_at = models.BigIntegerField(null=True)
    register_wh = models.BigIntegerField(null=True)
    register_at = models.BigIntegerField(null=True)
    load_w = models.IntegerField(null=True)
    load_at = models.BigIntegerField(null=True)
    relay = models.SmallIntegerField(choices=Relay.choices, default=Relay.UNKNOWN)
    balance_band = models.SmallIntegerField(
        null=True, help_text="how many edges lie at or under the balance; -1: the next balance counts as a change"
    )
    load_band = models.SmallIntegerField(null=True, help_text="0 calm, 1 between, 2 over, 3 high")
    calm = models.SmallIntegerField(default=0, help_text="calm readings in a row, up to 2")
    day = models.IntegerField(default=0, help_text="local day, days since 1970")
    day_first_wh = models.BigIntegerField(null=True)
    day_first_wh_at = models.BigIntegerField(null=True)
    day_first_paisa = models.BigIntegerField(null=True)
    day_first_paisa_at = models.BigIntegerField(null=True)
    day_max_w = models.IntegerField(null=True)
    day_max_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"state of meter {self.meter_id}"


class Day(models.Model):
    """A day of one meter: first and last register and balance, maximum load. Same whatever the order in which readings came.

    Each value has its own time, since a reading may hold one and not the other. A finished day is written at the day's turn; late
    and estimated readings come in here directly, of today too. An estimate gives way to a known value of the same time and never
    makes a maximum.
    """

    FIRST_WH, FIRST_PAISA, LAST_WH, LAST_PAISA = 1, 2, 4, 8  # bits of `estimated`

    pk = models.CompositePrimaryKey("meter", "day")
    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="days")
    day = models.IntegerField(help_text="local day, days since 1970")
    first_wh = models.BigIntegerField(null=True)
    first_wh_at = models.BigIntegerField(null=True)
    first_paisa = models.BigIntegerField(null=True)
    first_paisa_at = models.BigIntegerField(null=True)
    last_wh = models.BigIntegerField(null=True)
    last_wh_at = models.BigIntegerField(null=True)
    last_paisa = models.BigIntegerField(null=True)
    last_paisa_at = models.BigIntegerField(null=True)
    max_w = models.IntegerField(null=True)
    max_at = models.BigIntegerField(null=True)
    estimated = models.SmallIntegerField(default=0, help_text="which of the four are estimates, as bits")

    def __str__(self) -> str:
        return f"day {self.day} of meter {self.meter_id}"


class Month(models.Model):
    """The days of one meter in a finished month, packed (`monthbody`); written and corrected by `months`, out of the day rows."""

    pk = models.CompositePrimaryKey("meter", "month")
    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    month = models.IntegerField(help_text="months since 1970")
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"month {self.month} of meter {self.meter_id}"


class Segment(models.Model):
    """Raw readings of one day, packed in columns, sorted by meter: of one batch, or put together by `compact`.

    Partitioned by day; `partitions` makes and drops them. An index that Django does not know holds those that cross a block of meters.
    """

    day = models.IntegerField()
    first_meter = models.IntegerField()
    last_meter = models.IntegerField()
    readings = models.IntegerField()
    received_at = models.DateTimeField(default=timezone.now)
    body = models.BinaryField()
    settled = models.BooleanField(db_default=False, help_text="merged: with all that was there of 64 meters' day")

    class Meta:
        indexes = [
            models.Index(fields=["day", "first_meter", "last_meter"], name="metering_se_day_fa53c9_idx"),
            models.Index(fields=["received_at"], name="segment_received"),
            models.Index(fields=["day", "first_meter", "last_meter"], condition=Q(settled=False), name="segment_waiting"),
        ]

    def __str__(self) -> str:
        return f"segment {self.pk}"


class MeterEvent(models.Model):
    """A code that a meter sent. Kept whether we know the code or not; sent twice it is kept once."""

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    profile = models.CharField(max_length=12)
    code = models.CharField(max_length=40)
    source_id = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=20, blank=True, help_text="meaning by (profile, code); empty is unmapped")
    begins = models.BooleanField(null=True, help_text="true: the condition begins; false: it ends; null: neither")

    class Meta:
        constraints = [
            models.UniqueConstraint("meter", "source_id", condition=~Q(source_id=""), name="event_once_by_id"),
            models.UniqueConstraint("meter", "at", "profile", "code", condition=Q(source_id=""), name="event_once_by_key"),
        ]
        indexes = [
            models.Index(fields=["meter", "-at"]),
            models.Index(fields=["profile", "code"], condition=Q(kind=""), name="event_unmapped"),
        ]

    def __str__(self) -> str:
        return f"event {self.pk}"


class FeederPower(models.Model):
    """How many meters of a feeder said in 20 seconds of their own time that their power failed, and that it returned."""

    feeder = models.CharField(max_length=40)
    slot = models.BigIntegerField(help_text="seconds since 1970, by 20")
    failed = models.IntegerField(db_default=0)
    restored = models.IntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint("feeder", "slot", name="feeder_power_once")]
        indexes = [models.Index(fields=["slot"], name="feeder_power_slot")]

    def __str__(self) -> str:
        return f"power {self.pk}"


class Credit(models.Model):
    """A recharge that the head-end told of, bought anywhere. Paisa; gross = credited + VAT + charges - rebate where all are known."""

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="credits")
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    order = models.CharField(max_length=80, blank=True, help_text="the seller's order number; empty where none was told")
    credited_paisa = models.BigIntegerField()
    gross_paisa = models.BigIntegerField(null=True)
    vat_paisa = models.BigIntegerField(null=True)
    rebate_paisa = models.BigIntegerField(null=True)
    charges = models.JSONField(default=list, help_text='[{"name": "demand", "paisa": 8400}]')
    channel = models.CharField(max_length=40, blank=True)
    tokens = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint("meter", "order", condition=~Q(order=""), name="credit_once"),
            models.UniqueConstraint("meter", "at", "credited_paisa", condition=Q(order=""), name="credit_once_by_key"),
        ]
        indexes = [models.Index(fields=["meter", "-at"])]

    def __str__(self) -> str:
        return f"credit {self.pk}"


class Change(models.Model):
    """The queue between `record` and `watch`: one row for each reading, event or credit on which the rules may act."""

    class Source(models.TextChoices):
        READING = "reading"
        EVENT = "event"
        CREDIT = "credit"

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    source = models.CharField(max_length=7, choices=Source.choices, default=Source.READING)
    at = models.BigIntegerField(help_text="the meter's time")
    received_at = models.DateTimeField()
    balance_paisa = models.BigIntegerField(null=True, help_text="null where this reading had none")
    before_paisa = models.BigIntegerField(null=True, help_text="last known balance before it")
    load_w = models.IntegerField(null=True)
    calm = models.SmallIntegerField(default=0)
    relay = models.SmallIntegerField(default=0, help_text="as in this reading; 0 where not reported")
    relay_before = models.SmallIntegerField(default=0)
    event_kind = models.CharField(max_length=20, blank=True)
    event_begins = models.BooleanField(null=True)
    event_code = models.CharField(max_length=40, blank=True)
    credited_paisa = models.BigIntegerField(null=True)
    leased_until = models.DateTimeField(null=True, help_text="set aside until then: it could not be handled")
    failures = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        indexes = [
            # What the meter has switched off or signalled goes before mere numbers (changes.URGENT)
            models.Index(fields=["id"], condition=Q(source="event") | Q(relay__gt=1), name="change_urgent"),
        ]

    def __str__(self) -> str:
        return f"change {self.pk}"


class Upkeep(models.Model):
    """When a chore of `upkeep` was last done, and how far the present round has come."""

    name = models.CharField(max_length=40, primary_key=True)
    done_at = models.DateTimeField(null=True)
    turn_at = models.DateTimeField(null=True, help_text="when it last had a turn")
    reached = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
