"""What a healthy installation looks like, one question after the other. Each answers in words for who runs it; nothing is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError

from bijoli.core.tariff import TariffError
from bijoli.customers.codes import CHANNELS
from bijoli.delivery import health as delivery
from bijoli.delivery.channels.webpush import vapid
from bijoli.ingest import health as ingest
from bijoli.metering import health as metering
from bijoli.monitor import backups, database, money
from bijoli.monitor.finding import Finding
from bijoli.tariffs import reads as tariffs

SLOW_S = 60  # a queue that stands still for so long is nobody's
QUIET_S = 3600  # a utility's meters are never all silent for so long
CLOCK_S = 2.0  # leases, TTLs and quarantine go by the clock
BACKUP_S = 26 * 3600  # a night's backup, and two hours
LEAST_FREE_BYTES, LEAST_FREE_SHARE = 2 * 1024**3, 0.05
SHORTEST_SECRET = 50  # characters
LOCAL = {"localhost", "127.0.0.1", "[::1]"}


def examine(now: datetime) -> Iterator[Finding]:
    """Everything. What needs the database is left out where it does not answer."""
    yield Finding("Bangla", _bangla())
    yield Finding("static files", _static())
    yield Finding("key of the pushes", _vapid(settings.VAPID_KEY_FILE))
    yield Finding("contact for push services", _contact())
    yield Finding("secret key", _secret())
    yield Finding("sign-in codes", _sms())
    yield Finding("host names and HTTPS", _hosts())
    yield Finding("tariff file", _tariffs(tariffs.file_book))
    yield Finding("disk", _disk(settings.DATA_FOLDER))
    yield Finding("backups", _backup(now))
    try:
        yield from _inside(now)
    except (DatabaseError, InterfaceError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        yield Finding("database", f"it does not answer as it should ({said[0]}). Is PostgreSQL running, and is DATABASE_URL right?")


def _inside(now: datetime) -> Iterator[Finding]:
    found = database.version()
    old = f"it is PostgreSQL {found}; {database.OLDEST} or newer is needed"
    yield Finding("database", old if found < database.OLDEST else "")
    missing = database.missing_migrations()
    yield Finding("tables", f"not up to date ({', '.join(missing)}): run `manage.py migrate`" if missing else "")
    if missing:
        return
    yield Finding("tariff orders", _tariffs(tariffs.book))
    waits = metering.change_queue(now).oldest_s
    yield Finding("queue of watch", f"the oldest change waits for {waits:.0f} s: is `manage.py watch` running?" if waits > SLOW_S else "")
    waits = delivery.delivery_queue(now).overdue_s
    yield Finding("queue of deliver", f"a push is due for {waits:.0f} s: is `manage.py deliver` running?" if waits > SLOW_S else "")
    yield from money.examine(now)
    yield Finding("readings", _readings(metering.last_reading_age(now)))
    yield Finding("gateways", _gateways(now))
    yield Finding("clocks", _clocks(database.ahead()))


def _tariffs(read: Callable[[], object]) -> str:
    try:
        read()
    except (ImproperlyConfigured, TariffError) as error:
        return f"{error}; `manage.py tariff check FILE` reads a file as often as you like"
    return ""


def _gateways(now: datetime) -> str:
    """Whoever sent before and is silent while others may still send."""
    silent = [one for one in ingest.gateways(now) if one.silent_s is not None and one.silent_s > QUIET_S]
    named = ", ".join(f"{one.name} for {(one.silent_s or 0) / 3600:.1f} hours" for one in silent[:5])
    more = f" and {len(silent) - 5} more" if len(silent) > 5 else ""
    return f"silent: {named}{more}. Is it running, does it reach us? One that is gone: `manage.py gateway NAME --revoke`" if silent else ""


def _clocks(ahead: float) -> str:
    if abs(ahead) <= CLOCK_S:
        return ""
    which = "ahead of" if ahead > 0 else "behind"
    return f"this machine is {abs(ahead):.1f} s {which} the database's: let both follow an NTP server (chronyc tracking)"


def _backup(now: datetime) -> str:
    """Nothing to say where no folder is named: backups may be made by other means."""
    if not settings.BACKUPS:
        return ""
    try:
        age = backups.age(now)
    except (OSError, ValueError, KeyError) as error:
        return f"{settings.BACKUPS} cannot be read ({type(error).__name__})"
    if age is None:
        return f"none in {settings.BACKUPS}: run `manage.py backup {settings.BACKUPS}`"
    return f"the newest in {settings.BACKUPS} is {age / 3600:.0f} hours old: does bijoli-backup.timer run?" if age > BACKUP_S else ""


def _contact() -> str:
    given = settings.VAPID_CONTACT
    if set(settings.ALLOWED_HOSTS) <= LOCAL or (given.startswith(("mailto:", "https://")) and not given.endswith(".invalid")):
        return ""
    return f"BIJOLI_VAPID_CONTACT is {given}: push services write to it before they turn a sender away. Set mailto: and an address of yours"


def _readings(age: float | None) -> str:
    if age is None:
        return "none has come yet: give the head-end a token (`manage.py gateway NAME`) and let it send"
    if age > QUIET_S:
        return f"the last one came {age / 3600:.1f} hours ago: does the head-end send? `manage.py rejects` shows what was not taken"
    return ""


def _bangla() -> str:
    compiled = Path(settings.LOCALE_PATHS[0]) / "bn" / "LC_MESSAGES" / "django.mo"
    if not compiled.exists():
        return "not compiled, pages speak English: run `python -m tools.messages compile`"
    if compiled.stat().st_mtime < compiled.with_suffix(".po").stat().st_mtime:
        return "compiled before its last change: run `python -m tools.messages compile`"
    return ""


def _static() -> str:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return "" if manifest.exists() else "not collected, pages cannot be shown: run `manage.py collectstatic --noinput`"


def _vapid(path: Path) -> str:
    if not path.exists():
        return f"{path} is missing. The first `manage.py deliver` makes it; where phones have subscribed before, put the old one back"
    if path.stat().st_mode & 0o077:
        return f"{path} can be read by others: chmod 600 {path}"
    try:
        vapid.public_key()
    except (ValueError, OSError) as error:
        return f"it cannot be used ({error})"
    return ""


def _secret() -> str:
    kept = settings.DATA_FOLDER / "secret-key"
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        return f"BIJOLI_SECRET_KEY is shorter than {SHORTEST_SECRET} characters: take a long random text, or leave it unset on one machine"
    if kept.exists() and kept.stat().st_mode & 0o077:
        return f"{kept} can be read by others: chmod 600 {kept}"
    return ""


def _sms() -> str:
    if settings.SMS_CHANNEL not in CHANNELS:
        return f"BIJOLI_SMS is {settings.SMS_CHANNEL or 'not set'}: nobody can sign in. It can be: {', '.join(CHANNELS)}"
    if settings.SMS_CHANNEL == "console" and not settings.DEMO:
        return "BIJOLI_SMS=console shows codes on this machine's console: no customer's phone gets one"
    return ""


def _hosts() -> str:
    """The first thing that does not fit together."""
    public = set(settings.ALLOWED_HOSTS) - LOCAL
    wrong = {
        "BIJOLI_HOSTS is *: anybody's name is answered to. Name the site's own": "*" in public,
        "BIJOLI_HTTPS=1, but BIJOLI_HOSTS names this machine alone: name the site": settings.HTTPS and not public,
        "BIJOLI_HTTPS is not set: browsers allow push and passkeys over HTTPS only": bool(public) and not settings.HTTPS,
        "BIJOLI_HTTPS=1 needs a proxy of your own before the site: set BIJOLI_PROXIES": settings.HTTPS and settings.PROXIES < 1,
        "BIJOLI_DEBUG=1 shows the program's inside to customers: unset it": bool(public) and settings.DEBUG,
        "BIJOLI_DEMO=1 gives away sign-in codes: unset it": bool(public) and settings.DEMO,
    }
    return next((said for said, is_so in wrong.items() if is_so), "")


def _disk(folder: Path) -> str:
    disk = shutil.disk_usage(folder)
    if disk.free >= LEAST_FREE_BYTES and disk.free >= LEAST_FREE_SHARE * disk.total:
        return ""
    return f"{disk.free / 1024**3:.1f} GB of {disk.total / 1024**3:.0f} GB are free at {folder}: PostgreSQL stops when it is full"
