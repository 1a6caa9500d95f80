"""Who may see what: customers (a phone number each), their accounts, and the access that links the two."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone


class CustomerManager(BaseUserManager["Customer"]):
    """Makes customers. A phone number is E.164 (`+8801712345678`); there are no passwords."""

    def create_user(self, phone: str, **fields: object) -> Customer:
        customer = self.model(phone=phone, **fields)
        customer.set_unusable_password()
        customer.save(using=self._db)
        return customer

    def create_superuser(self, phone: str, **fields: object) -> Customer:
        return self.create_user(phone, is_staff=True, is_superuser=True, **fields)


class Customer(AbstractBaseUser, PermissionsMixin):
    """A person known by a mobile number. One person may see several accounts, and several persons one account."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    phone = models.CharField(max_length=16, unique=True, help_text="E.164")
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=5, default="bn")
    theme = models.CharField(max_length=6, default="system", help_text="system, light or dark")
    quiet_from = models.TimeField(null=True, blank=True, help_text="own quiet hours; null is the utility's")
    quiet_until = models.TimeField(null=True, blank=True)
    fewer_sms = models.BooleanField(default=False, db_default=False, help_text="by SMS only what cannot wait: alertchoices.ALWAYS_BY_SMS")
    email = models.CharField(
        max_length=254, blank=True, default="", db_default="", help_text="confirmed by a code sent to it; empty is none"
    )
    email_waiting = models.CharField(max_length=254, blank=True, default="", db_default="", help_text="typed, and not confirmed yet")
    by_email = models.BooleanField(default=False, db_default=False, help_text="what nobody saw comes by e-mail too")
    mutes_outages = models.BooleanField(default=False, db_default=False, help_text="no push of planned outages; they stand in the app")
    mutes_news = models.BooleanField(default=False, db_default=False, help_text="no push of the utility's other notices")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[CustomerManager] = CustomerManager()

    def __str__(self) -> str:
        return f"customer {self.pk}"  # never the number: this text reaches logs


class Account(models.Model):
    """An account with the utility: 8 digits, prepaid or postpaid."""

    class Mode(models.TextChoices):
        PREPAID = "prepaid"
        POSTPAID = "postpaid"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=8, unique=True)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.PREPAID)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    customers: models.ManyToManyField[Customer, Access] = models.ManyToManyField(
        Customer, through="Access", through_fields=("account", "customer"), related_name="accounts"
    )

    def __str__(self) -> str:
        return f"account {self.pk}"


class Access(models.Model):
    """What one customer may do with one account, from when, until when; with the customer's own name and limits for it."""

    class Role(models.TextChoices):
        OWNER = "owner"
        FAMILY = "family"
        PAYER = "payer"
        TENANT = "tenant"
        VIEWER = "viewer"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="access")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="access")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.OWNER)
    nickname = models.CharField(max_length=60, blank=True, help_text="the customer's own word: home, shop")
    position = models.PositiveSmallIntegerField(default=0, help_text="order of the cards on Home")
    own_limit_paisa = models.BigIntegerField(null=True, blank=True, help_text="own low-balance limit above the utility's")
    muted_kinds = models.JSONField(default=list, blank=True, help_text='alert stages switched off, where that is allowed: ["L0", "O1"]')
    asked_kinds = models.JSONField(
        default=list, db_default=[], blank=True, help_text='stages pushed only because they were asked for: ["S1"]'
    )
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    sees_from = models.DateTimeField(
        null=True, blank=True, help_text="a local midnight; of roles that see from moving in (rights.FROM_MOVING_IN); null: `since`"
    )
    given_by = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="given",
        help_text="who shared it; null: the utility's register",
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="when a person ended it: the register does not give it back")

    class Meta:
        constraints = [
            models.UniqueConstraint("customer", "account", condition=Q(until=None), name="access_once"),
        ]

    def __str__(self) -> str:
        return f"access {self.pk}"


class Invitation(models.Model):
    """An owner offers somebody, known by a number alone, a role at an account. Open until answered, or `expires_at`."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    by = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invitations")
    phone = models.CharField(max_length=16, blank=True, help_text="E.164; empty once that person's account here is deleted")
    role = models.CharField(max_length=6, choices=Access.Role.choices)
    until = models.DateTimeField(null=True, blank=True, help_text="when the access will end")
    sees_from = models.DateTimeField(null=True, blank=True, help_text="a local midnight; null: the day of the answer")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    answer = models.CharField(max_length=9, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("account", "phone", condition=Q(answered_at=None), name="invitation_once")]
        indexes = [models.Index(fields=["phone"], condition=Q(answered_at=None), name="invitation_open")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class OneTimeCode(models.Model):
    """The code that one person was sent for one purpose, as a keyed hash. A new one takes the old one's place."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=8)
    subject = models.BigIntegerField(null=True, help_text="the account that it opens; null: none, the code can never be right")
    nonce = models.CharField(max_length=22)
    proof = models.CharField(max_length=64, blank=True, help_text="empty: used, or tried too often")
    sent_at = models.DateTimeField()
    failed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("customer", "purpose", name="code_once")]

    def __str__(self) -> str:
        return f"code {self.pk}"


class Consent(models.Model):
    """A person agreed to something, or took it back. Append only (a trigger): the newest line of a purpose holds."""

    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="consents")
    purpose = models.CharField(max_length=8)
    given = models.BooleanField()
    version = models.PositiveSmallIntegerField(help_text="of the words that were shown")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "purpose", "-at"], name="consent_newest")]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class Deed(models.Model):
    """What a person did about access and their own data. Append only: a trigger refuses changes and deletion.

    The keys are no constraints: the line outlives whom it names. No number and no name stands in it.
    """

    at = models.DateTimeField(default=timezone.now)
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="deeds")
    what = models.CharField(max_length=12, help_text="linked, left, invited, accepted, declined, withdrawn, changed, ended, …")
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="deeds")
    other = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="deeds_of_others"
    )
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="deed_at"),
            models.Index(fields=["customer", "-at"], name="deed_customer"),
            models.Index(fields=["account", "-at"], name="deed_account"),
        ]

    def __str__(self) -> str:
        return f"deed {self.pk}"


class Limit(models.Model):
    """How often one person or network asked, in a window that ends at `until`. Written by `limits.py` alone."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
