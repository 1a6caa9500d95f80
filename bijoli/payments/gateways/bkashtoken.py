"""bKash's access token, one for all processes. Who asks for one (grant or refresh) more than twice in an hour is blocked for an hour.

1. In a short transaction, the token's row locked: a token that is still good is taken. Else the attempt is written down (never a third in
   an hour) and the row leased to this thread; the lock is gone before the network is used.
2. bKash is asked; no lock and no transaction is open meanwhile.
3. In a second short transaction the token is kept and the lease ended.

Whoever finds the row leased takes the old token while it is good, else waits some seconds for the new one. Since an attempt is written
down before it is made, a process that dies over it costs one of the two and never makes it three; its lease ends by itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bijoli.payments.gateways.port import GatewayAway, GatewayRefused
from bijoli.payments.gateways.wire import NeverSent
from bijoli.payments.models import GatewayToken

HOUR, MOST = timedelta(hours=1), 2
EARLY = timedelta(seconds=60)  # so long before its end it is exchanged
LAST = timedelta(seconds=5)  # so long before its end it is of no use at all
LEASE = timedelta(seconds=40)  # longer than the network is waited for
WAIT_S, LOOK_S = 8.0, 0.2
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Granted:
    """What bKash gave."""

    token: str
    refresh_token: str
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class _Turn:
    """What to do now: take `token`, or ask (with `refresh_token` where there is one, noted as `stamp`), or, with neither, wait."""

    token: str = ""
    stamp: float = 0
    refresh_token: str = ""


class SharedToken:
    """`grant` asks bKash: for a new token where it is given no refresh token."""

    def __init__(self, gateway: str, grant: Callable[[str], Granted]) -> None:
        self._gateway, self._grant = gateway, grant

    def current(self, refused: str = "") -> str:
        """The token to be used now; `refused`: the one that bKash did not take. Raises NeverSent where there is none to be had."""
        end = time.monotonic() + WAIT_S
        while True:
            turn = self._turn(refused, timezone.now())
            if token := turn.token or (turn.stamp and self._ask(turn)):
                return str(token)
            if time.monotonic() > end:
                raise NeverSent("no access token: another process asks for one")
            if not turn.stamp:
                time.sleep(LOOK_S)

    def _turn(self, refused: str, now: datetime) -> _Turn:
        with transaction.atomic():
            row = self._locked()
            left = row.expires_at - now if row.expires_at and row.token and row.token != refused else timedelta(0)
            if left > EARLY:
                return _Turn(row.token)
            recent = [at for at in row.granted if at > (now - HOUR).timestamp()]
            leased = row.leased_until is not None and row.leased_until > now
            if left > LAST and (leased or len(recent) >= MOST):
                return _Turn(row.token)
            if leased:
                return _Turn()
            if len(recent) >= MOST:
                again = timezone.localtime(datetime.fromtimestamp(recent[0], now.tzinfo) + HOUR)
                raise NeverSent(f"no access token: two were asked for within an hour, the next may be at {again:%H:%M}")
            row.granted, row.leased_until = [*recent, now.timestamp()], now + LEASE
            row.save()
            return _Turn(stamp=now.timestamp(), refresh_token="" if row.token == refused else row.refresh_token)

    def _ask(self, turn: _Turn) -> str:
        """The new token; empty where bKash does not take the refresh token, so that a new one is granted instead."""
        try:
            granted = self._grant(turn.refresh_token)
        except NeverSent:
            self._end(turn, counts=False)
            raise
        except GatewayAway as error:
            self._end(turn)
            raise NeverSent(f"no access token: {error}") from None
        except GatewayRefused as refusal:
            self._end(turn, drop_refresh=True)
            log.error("%s gives no access token: %s", self._gateway, refusal.reason, extra={"event": "gateway.refused"})
            if turn.refresh_token:
                return ""
            raise NeverSent(f"no access token: {refusal.reason}") from None
        with transaction.atomic():
            row = self._locked()
            row.token, row.refresh_token = granted.token, granted.refresh_token
            row.expires_at, row.leased_until = timezone.now() + granted.lasts, None
            row.save()
        return granted.token

    def _end(self, turn: _Turn, *, counts: bool = True, drop_refresh: bool = False) -> None:
        """The attempt is over without a token."""
        with transaction.atomic():
            row = self._locked()
            row.leased_until = None
            if not counts:
                row.granted = [at for at in row.granted if at != turn.stamp]
            if drop_refresh:
                row.refresh_token = ""
            row.save()

    def _locked(self) -> GatewayToken:
        GatewayToken.objects.get_or_create(gateway=self._gateway)
        return GatewayToken.objects.select_for_update().get(gateway=self._gateway)
