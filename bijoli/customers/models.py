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
    customers: models.ManyToManyField[Customer, Access] = models.ManyToManyField(Customer, through="Access", related_name="accounts")

    def __str__(self) -> str:
        return f"account {self.pk}"


class Access(models.Model):
    """What one customer may do with one account, from when, until when; with the customer's own name and limits for it."""

    class Role(models.TextChoices):
        OWNER = "owner"
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

    class Meta:
        constraints = [
            models.UniqueConstraint("customer", "account", condition=Q(until=None), name="access_once"),
        ]

    def __str__(self) -> str:
        return f"access {self.pk}"


class Limit(models.Model):
    """How often one person or network asked, in a window that ends at `until`. Written by `limits.py` alone."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
