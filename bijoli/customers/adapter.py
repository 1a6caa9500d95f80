"""The one seam between django-allauth and us: where a number is kept, how a code leaves, what stays closed."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from bijoli.core.phone import local
from bijoli.customers.agents import called
from bijoli.customers.codes import language_of, send_code
from bijoli.customers.models import Customer
from bijoli.customers.origin import client_address


def _cipher() -> Fernet:
    """AES-128 and HMAC (Fernet) under a key made of the site's secret key."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"bijoli.mfa/" + settings.SECRET_KEY.encode()).digest()))


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Customers are known by their mobile number. Nobody signs up here: the utility loads its customers."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        """The code alone. A passkey is another way in, not a second step: without it a lost phone would lock its owner out."""
        return ["allauth.account.stages.LoginByCodeStage"]

    def get_user_by_phone(self, phone: str) -> Customer | None:
        """The active customer of a number in E.164; a closed one is treated like an unknown one."""
        return Customer.objects.filter(phone=phone, is_active=True).first()

    def get_phone(self, user: Customer) -> tuple[str, bool]:
        return user.phone, user.phone_verified_at is not None

    def set_phone(self, user: Customer, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified_at = phone, timezone.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at"])

    def set_phone_verified(self, user: Customer, phone: str) -> None:
        """The first sign-in marks the number as verified; later ones leave the time as it is."""
        Customer.objects.filter(pk=user.pk, phone=phone, phone_verified_at=None).update(phone_verified_at=timezone.now())

    def send_verification_code_sms(self, user: Customer, phone: str, code: str, **kwargs: Any) -> None:
        send_code(phone, code, language_of(self.request, user))

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """No message to a number that is not ours: it would cost, and annoy a stranger."""

    def login(self, request: HttpRequest, user: Customer) -> None:
        super().login(request, user)
        request.session.set_expiry(None)  # a guest's hour is over: from now on the 180 days of the settings

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """allauth's own notices ("signed in as ...") stay unsaid; what our pages say comes as `message`."""
        if message:
            messages.add_message(request, level, message, extra_tags=extra_tags)

    def respond_user_inactive(self, request: HttpRequest, user: Customer) -> HttpResponse:
        """Somebody whose account was closed between code and sign-in starts again, like an unknown number."""
        return HttpResponseRedirect(reverse("account_login"))


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What the phone shows when it keeps or asks for a passkey."""

    def get_public_key_credential_user_entity(self, user: Customer) -> dict[str, Any]:
        entity = super().get_public_key_credential_user_entity(user)
        number = local(user.phone, settings.UTILITY.country_code)
        return {**entity, "name": number, "display_name": user.name or number}

    def encrypt(self, text: str) -> str:
        """Secrets of authenticator apps and recovery codes lie encrypted: a copy of the database alone opens nothing."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography's InvalidToken where the secret key has changed: the second factor must then be set up anew."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        return str(settings.UTILITY.short_name[get_language() or settings.UTILITY.languages[0]])

    def generate_authenticator_name(self, user: Customer, type: Any) -> str:
        from allauth.core import context

        return called(context.request.headers.get("User-Agent", "")) or gettext("This device")
