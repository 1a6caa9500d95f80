"""A person's phones: subscribing, mending, removing."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.delivery.channels.webpush import base64url, hosts
from bijoli.delivery.channels.webpush.encrypt import AUTH_BYTES, point
from bijoli.delivery.models import Device

MOST = 20  # live devices of one person; the one seen longest ago gives way


class EndpointRefused(ValueError):
    """The subscription is not of a push service that we may call, or its keys are not keys. The message says which."""


def subscribe(customer: Customer, endpoint: str, p256dh: str, auth: str, label: str, language: str, session_key: str = "") -> Device:
    """Keeps a browser's subscription; the same again changes nothing but its time. Keys come in base64url.

    It belongs to the sign-in of `session_key` and ends with it: by `session_left`, and at the latest when a push is about to leave.

    A phone is of who signed in on it last: an endpoint that another person had moves to this one. Raises EndpointRefused.
    """
    if not hosts.allowed(endpoint):
        raise EndpointRefused("not a push service that is allowed here")
    kept = {
        "customer": customer,
        "p256dh": _key(p256dh),
        "auth": _secret(auth),
        "label": label[:80],
        "language": language[:5],
        "session_key": session_key,
        "seen_at": timezone.now(),
        "gone_at": None,
    }
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)  # two phones at once must not both be the twentieth
        device, _ = Device.objects.update_or_create(endpoint=endpoint, defaults=kept)
        _keep_the_latest(customer)
    return device


def unsubscribe(customer_id: int, endpoint: str) -> bool:
    """Forgets this person's subscription; false where there is none."""
    return bool(Device.objects.filter(customer_id=customer_id, endpoint=endpoint, gone_at=None).update(gone_at=timezone.now()))


def all_left(sender: object, customer_id: int, **_: object) -> None:
    """Forgets all subscriptions of a person who signed out everywhere: a lost phone gets no more alerts."""
    Device.objects.filter(customer_id=customer_id, gone_at=None).update(gone_at=timezone.now())


def session_left(sender: object, customer_id: int, session_key: str, **_: object) -> None:
    """Forgets the subscription of one device that was signed out, whether or not it ever hears of that."""
    Device.objects.filter(customer_id=customer_id, session_key=session_key, gone_at=None).update(gone_at=timezone.now())


def _keep_the_latest(customer: Customer) -> None:
    live = Device.objects.filter(customer=customer, gone_at=None)
    surplus = live.order_by("-seen_at", "-pk").values_list("pk", flat=True)[MOST:]
    Device.objects.filter(pk__in=list(surplus)).update(gone_at=timezone.now())


def _key(text: str) -> bytes:
    try:
        raw = base64url.decode(text)
        point(raw)
    except ValueError as fault:
        raise EndpointRefused(f"p256dh: {fault}") from None
    return raw


def _secret(text: str) -> bytes:
    try:
        raw = base64url.decode(text)
    except ValueError as fault:
        raise EndpointRefused(f"auth: {fault}") from None
    if len(raw) != AUTH_BYTES:
        raise EndpointRefused(f"auth: {len(raw)} bytes instead of {AUTH_BYTES}")
    return raw
