"""Debian's Chromium as a small phone: 360 x 740, touch, in either language and theme."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect, sync_playwright

from tests.processes import CHECKOUT, wait_until

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]
SIZE = {"width": 360, "height": 740}
WAIT_MS = 20_000
PICTURES = CHECKOUT / "build" / "pictures"
LOOKS = [("bn", "light"), ("en", "dark")]  # each language and each theme once; `make test LOOKS=all`: each with each
if os.environ.get("LOOKS") == "all":
    LOOKS += [("bn", "dark"), ("en", "light")]
THERE = "typeof axe !== 'undefined'"
BROKEN = "found.violations.map((one) => [one.id, one.impact, one.nodes.map((node) => node.target)])"
RULES = f"axe.run({{resultTypes: ['violations']}}).then((found) => {BROKEN})"


def find_chromium() -> str:
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise AssertionError("Chromium is not installed. On Debian: sudo apt-get install chromium fonts-noto-core")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. While it is open, Django's database access is refused in this thread: keep it open for browser tests alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=QUIET, timeout=60_000)
        try:
            yield browser
        finally:
            browser.close()


def phone(browser: Browser, url: str, **options: Any) -> BrowserContext:
    """A phone of its own: cookies, caches and service workers shared with no other. Nothing moves unless a test says so: it costs."""
    settings = {
        "viewport": SIZE,
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
        "locale": "bn-BD",
        "timezone_id": "Asia/Dhaka",
        "reduced_motion": "reduce",
    }
    context = browser.new_context(base_url=url, **(settings | options))
    context.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    return context


def picture(page: Page, name: str) -> Path:
    """The whole page on a phone that is long enough for it, into build/pictures/."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.wait_for_function("document.documentElement && document.readyState === 'complete'")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": SIZE["width"], "height": max(height, SIZE["height"])})
    page.screenshot(path=path, animations="disabled")
    page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
    return path


def accessible(page: Page) -> None:
    """No rule of axe is broken; the message names the rules and the elements."""
    if not page.evaluate(THERE):
        page.evaluate(AXE_SCRIPT)
    told = [f"{rule} ({impact}): {targets[:4]}" for rule, impact, targets in page.evaluate(RULES)]
    assert not told, f"axe on {page.url}:\n" + "\n".join(told)


class Wire:
    """Counts the bytes that a page takes over the wire, by address."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self._address: dict[str, tuple[str, str]] = {}
        self.bytes: dict[str, int] = {}
        self.kinds: dict[str, str] = {}
        self.session.on("Network.responseReceived", self._begun)
        self.session.on("Network.loadingFinished", self._done)

    def _begun(self, told: dict[str, Any]) -> None:
        self._address[told["requestId"]] = (told["response"]["url"], told["type"])

    def _done(self, told: dict[str, Any]) -> None:
        url, kind = self._address.get(told["requestId"], ("?", "?"))
        self.bytes[url] = self.bytes.get(url, 0) + int(told["encodedDataLength"])
        self.kinds[url] = kind

    def total(self, kind: str = "") -> int:
        return sum(size for url, size in self.bytes.items() if not kind or self.kinds[url] == kind)


def poll(page: Page, script: str) -> None:
    """Waits until the script's value is true. (Playwright's own waiting evaluates strings in the page, which its policy forbids.)"""
    wait_until(script, lambda: page.evaluate(script))


def deliver_push(page: Page, payload: str) -> None:
    """Hands a push to the page's service worker, as after decryption. Needs the permission for notifications."""
    session = page.context.new_cdp_session(page)
    known: dict[str, str] = {}
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: known.update({one["scopeURL"]: one["registrationId"] for one in told["registrations"]}),
    )
    session.send("ServiceWorker.enable")
    origin = page.evaluate("location.origin")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    registration = next(id for scope, id in known.items() if scope.startswith(origin))
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registration, "data": payload})
    session.detach()


def push_until(page: Page, payload: str, script: str) -> None:
    """Hands a push over until the page sees what it does: DevTools now and then loses one; taken twice it is shown once."""
    for _ in range(4):
        deliver_push(page, payload)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            if page.evaluate(script):
                return
            page.wait_for_timeout(50)
    raise AssertionError(f"never so: {script}")
