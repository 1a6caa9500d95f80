"""Sign-in with a number and a code: allauth's flow, with what a utility needs beside it.

The same for everyone: an unknown number gets the same pages, the same limits and the same work (a code is made, its text is
written), only no message. The session keeps a keyed hash of the code, never the code. Tries are counted in the database,
so that many at once do not slip through a session that is read and written.

    asked -> code sent -> right code -> signed in
                       -> wrong code (5 times) -> dead -> new code
                       -> 3 minutes -> expired -> new code
"""

from __future__ import annotations

import logging
import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from bijoli.customers import limits
from bijoli.customers.codes import language_of, message, new_code
from bijoli.customers.models import Customer
from bijoli.customers.origin import client_address, network
from bijoli.customers.sessions import for_an_hour

log = logging.getLogger(__name__)
TRIES, _ = limits.RULES["try one code"][0]


class Refused(Exception):
    """A limit is reached; `seconds` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def _count(*counted: tuple[str, str]) -> None:
    for kind, who in counted:
        if seconds := limits.wait(kind, who, timezone.now()):
            log.warning("a limit of signing in is reached: %s", kind, extra={"event": "signin.limited"})
            raise Refused(seconds)


class SignIn(LoginCodeVerificationProcess):  # type: ignore[misc]
    """One person on the way in. Its state lives in the session under allauth's login stage."""

    @classmethod
    def begin(cls, request: HttpRequest, phone: str) -> SignIn:
        """Sends a code to a number in E.164, if it is a customer's. Raises Refused."""
        _count(("send by network", network(client_address(request))), ("send", phone))
        user = get_adapter().get_user_by_phone(phone)
        login = Login(user=user)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, phone=phone), initiated_by_user=True)
        signin = cls(stage)
        signin._send()
        for_an_hour(request)
        return signin

    @classmethod
    def pending(cls, request: HttpRequest) -> SignIn | None:
        """The sign-in that this browser began, also where its code has expired; None where it began none."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        if stage and stage.login.user is None:
            Customer.objects.filter(pk=0).first()  # what the customer of a known number costs
        return cls(stage) if stage and "proof" in stage.state else None

    @property
    def phone(self) -> str:
        return str(self.state["phone"])

    @property
    def alive(self) -> bool:
        """Whether the code can still be right: younger than three minutes, and not tried five times."""
        return bool(self.state["proof"]) and self.is_valid()

    def resend_in(self) -> int:
        """Seconds until a new code may be asked for, as the page counts them down."""
        _, gap = limits.RULES["send"][0]
        return max(0, round(gap - self._age()))

    def _age(self) -> float:
        return time.time() - float(self.state["at"])

    def again(self) -> None:
        """A new code in the place of the old one. Raises Refused."""
        _count(("send by network", network(client_address(self.request))), ("send", self.phone))
        self._send()

    def fits(self, code: str) -> bool:
        """Whether this is the code. Each call is one of five tries; after them the code is dead. Raises Refused."""
        _count(("try by network", network(client_address(self.request))), ("try", self.phone))
        if limits.wait("try one code", self.state["nonce"], timezone.now()):
            self._kill()
            return False
        if constant_time_compare(_proof(code, self.state["nonce"]), self.state["proof"]) and self.user is not None:
            return True
        self.state["failed_attempts"] += 1
        said = {"event": "signin.wrong", "customer_id": self.user.pk if self.user else None, "count": self.state["failed_attempts"]}
        log.warning("a wrong code, the %d. of this one", self.state["failed_attempts"], extra=said)
        self._kill() if self.state["failed_attempts"] >= TRIES else self.persist()
        return False

    def enter(self, redirect_url: str | None) -> Any:
        """Signs in, and answers with the way to the first page. The code is used up."""
        log.info("signed in by a code", extra={"event": "signin.code", "customer_id": self.user.pk})
        return self.finish(redirect_url)

    def _send(self) -> None:
        code, nonce = new_code(), get_random_string(22)
        self.state.update(at=time.time(), nonce=nonce, proof=_proof(code, nonce), failed_attempts=0)
        if self.user:
            get_adapter(self.request).send_verification_code_sms(user=self.user, phone=self.phone, code=code)
        else:
            message(code, language_of(self.request, None))  # the same work as for a customer, then silence
        self.persist()

    def _kill(self) -> None:
        self.state["proof"] = ""
        self.persist()


def _proof(code: str, nonce: str) -> str:
    return salted_hmac("bijoli.signin", f"{nonce}/{code}", algorithm="sha256").hexdigest()
