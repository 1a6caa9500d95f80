"""A phone for trying it: stock Firefox with a profile that takes its pushes from the local push service and calls nothing outside.

Each preference below was tried with Firefox ESR 140 and later; `about:config` shows what it means.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

NAMES = ("firefox-esr", "firefox")
WIDTH, HEIGHT = 412, 860  # a common Android phone, in CSS pixels; Firefox itself goes no narrower than about 450

Preferences = dict[str, bool | int | str]

LOCAL_PUSH: Preferences = {
    "dom.push.enabled": True,
    "dom.push.connection.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,  # ws:// to this machine, not wss://
    "dom.push.retryBaseInterval": 500,  # ms: back soon when the push service was started again
    "dom.push.pingInterval": 60_000,
    "permissions.default.desktop-notification": 1,  # allowed: one question less on the way
    "alerts.useSystemBackend": False,  # Firefox's own windows: seen on a desktop without a notification service too, where else all fail
}
NOTHING_OUTSIDE: Preferences = {
    "services.settings.server": "data:,",
    "app.update.enabled": False,
    "app.update.auto": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "network.predictor.enabled": False,
    "extensions.update.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.topsites.contile.enabled": False,
    "browser.newtabpage.activity-stream.feeds.system.topstories": False,
    "browser.search.update": False,
    "media.gmp-manager.url": "data:,",
    "geo.provider.network.url": "",
}
NO_QUESTIONS: Preferences = {
    "intl.accept_languages": "bn, en",  # a phone in Dhaka: the first page comes in Bangla
    "browser.aboutwelcome.enabled": False,
    "browser.preonboarding.enabled": False,
    "termsofuse.bypassNotification": True,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "browser.startup.couldRestoreSession.count": -1,  # no bar about former tabs
    "browser.sessionstore.resume_from_crash": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.tabs.warnOnClose": False,
    "browser.warnOnQuit": False,
    "browser.toolbars.bookmarks.visibility": "never",
    "browser.translations.enable": False,
    "signon.rememberSignons": False,
    "sidebar.revamp": False,
}
DRIVEN: Preferences = {
    "remote.prefs.recommended": False,  # Marionette otherwise switches the push connection off
    "toolkit.cosmeticAnimations.enabled": False,
}


class PhoneError(Exception):
    """The phone cannot be opened; the message says what to do."""


def find_firefox() -> str:
    """The path of stock Firefox. Raises PhoneError that says what to install."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise PhoneError("Firefox is not installed. On Debian: sudo apt-get install firefox-esr; on Ubuntu and others: firefox.")


def prepare(folder: Path, push_url: str, marionette_port: int | None = None) -> Path:
    """Makes the profile or brings it up to date; what the browser keeps (sign-in, subscription) stays. Returns `folder`.

    `push_url` is the WebSocket address of the push service. With a port for Marionette a program can drive it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen: Preferences = {"dom.push.serverURL": push_url, **LOCAL_PUSH, **NOTHING_OUTSIDE, **NO_QUESTIONS}
    if marionette_port is not None:
        chosen |= {**DRIVEN, "marionette.port": marionette_port}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in chosen.items()]
    (folder / "user.js").write_text("".join(lines))
    _phone_sized(folder / "xulstore.json")
    return folder


def _phone_sized(store: Path) -> None:
    """Where the window's size is kept. Only for a new profile: later the person's own choice stays."""
    if not store.exists():
        window = {"screenX": "40", "screenY": "40", "width": str(WIDTH), "height": str(HEIGHT), "sizemode": "normal"}
        store.write_text(json.dumps({"chrome://browser/content/browser.xhtml": {"main-window": window}}))


def is_open(folder: Path) -> bool:
    """Whether a Firefox has this profile open: its lock names the process."""
    try:
        process = int((folder / "lock").readlink().name.rpartition("+")[2])
        os.kill(process, 0)
    except (OSError, ValueError):
        return False
    return True


def command(folder: Path, url: str, *, headless: bool = False, driven: bool = False) -> list[str]:
    """What starts Firefox with this profile. Without a screen only `headless` works: raises PhoneError otherwise."""
    if not headless and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise PhoneError("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): say it in a terminal of a desktop.")
    options = ["--headless"] if headless else []
    if driven:
        options += ["--marionette", "--remote-allow-system-access", "--no-remote"]
    return [find_firefox(), "--profile", str(folder), *options, url]
