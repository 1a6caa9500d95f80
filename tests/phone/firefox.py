"""Stock Firefox as a phone, opened by `manage.py phone` as people do, driven over Marionette; its notifications are windows, and tapped."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from bijoli.simulator.phone import find_firefox
from tests.processes import answers, free_port, manage, wait_until

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its own packages ask for the name of the Linux in an old way
    from marionette_driver.by import By
    from marionette_driver.errors import MarionetteException
    from marionette_driver.marionette import Marionette, WebElement

SCRIPT_MS = 20_000
ALERTS = """
return [...Services.wm.getEnumerator("alert:alert")].filter(window => window.document.readyState === "complete").map(window => ({
  title: window.document.getElementById("alertTitleLabel").getAttribute("value"),
  body: window.document.getElementById("alertTextLabel").textContent,
}));
"""
TAP = """
for (const window of Services.wm.getEnumerator("alert:alert"))
  if (window.document.getElementById("alertTitleLabel").getAttribute("value") === arguments[0]) { window.onAlertClick(); return true; }
return false;
"""
QUIT = """
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
setTimeout(() => Services.startup.quit(Ci.nsIAppStartup.eForceQuit), 100);
"""
CLOSE_ALERTS = 'for (const window of Services.wm.getEnumerator("alert:alert")) window.close();'


@dataclass(frozen=True, slots=True)
class Alert:
    """A notification on the screen."""

    title: str
    body: str


class Firefox:
    """Open from entering to leaving. The same name again is the same phone."""

    def __init__(self, name: str, push_url: str) -> None:
        find_firefox()  # says what to install
        self.port = free_port()
        options = ["--name", name, "--headless", "--marionette-port", str(self.port)]
        self._process = manage(
            "phone", "--url", "about:blank", "--push", push_url, *options, environment={"MOZ_CRASHREPORTER_DISABLE": "1"}
        )

    def __enter__(self) -> Firefox:
        self._process.__enter__()
        try:
            self._process.wait_for(lambda: answers(self.port), 90)
            self.driver = Marionette(host="127.0.0.1", port=self.port, socket_timeout=60)
            self.driver.start_session({"strictFileInteractability": False})
        except BaseException:
            self._process.__exit__(None, None, None)
            raise
        self.driver.timeout.script = self.driver.timeout.page_load = SCRIPT_MS / 1000
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes the browser as a person does: what it has to write, cookies among it, it writes first."""
        with suppress(MarionetteException, OSError), self.driver.using_context("chrome"):
            self.driver.execute_script(QUIT)
        self._process.end(seconds=20)
        self._process.__exit__(kind, error, trace)

    # The page

    @property
    def url(self) -> str:
        return str(self.driver.get_url())

    def open(self, url: str) -> None:
        self.driver.navigate(url)

    def find(self, selector: str, seconds: float = 20) -> WebElement:
        """The first element, waited for."""

        def look() -> list[WebElement]:
            with suppress(MarionetteException):  # the page may be between two documents
                return list(self.driver.find_elements(By.CSS_SELECTOR, selector))
            return []

        return wait_until(f"{selector} on {self.url}", look, seconds)[0]

    def sees(self, selector: str) -> bool:
        """Whether such an element is on the page and shown."""
        with suppress(MarionetteException):  # the page may be between two documents
            return any(element.is_displayed() for element in self.driver.find_elements(By.CSS_SELECTOR, selector))
        return False

    def text(self, selector: str = "body") -> str:
        return str(self.find(selector).text)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def type(self, selector: str, text: str) -> None:
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs a script in the page; a promise that it returns is awaited."""
        return self.driver.execute_script(script, script_args=arguments, sandbox=None)

    def wait_for_page(self, part: str) -> None:
        """Goes to the tab whose address holds `part`, once there is one: a tap opens a new tab or leads an open one on."""

        def look() -> bool:
            for handle in self.driver.window_handles:
                with suppress(MarionetteException):  # a tab may be closing
                    self.driver.switch_to_window(handle)
                    if part in self.url:
                        return True
            return False

        wait_until(f"a page at {part}", look)

    # The phone around it

    def alerts(self) -> list[Alert]:
        with self.driver.using_context("chrome"):
            return [Alert(**told) for told in self.driver.execute_script(ALERTS)]

    def wait_for_alert(self, seconds: float = 30) -> Alert:
        return wait_until("a notification on the screen", self.alerts, seconds)[0]

    def tap(self, alert: Alert) -> None:
        with self.driver.using_context("chrome"):
            assert self.driver.execute_script(TAP, script_args=(alert.title,)), "the notification is gone"

    def clear_alerts(self) -> None:
        with self.driver.using_context("chrome"):
            self.driver.execute_script(CLOSE_ALERTS)

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Off the network of the push service, as a phone in doze or without signal; awake again on leaving."""
        self._connection(False)
        try:
            yield
        finally:
            self._connection(True)

    def _connection(self, on: bool) -> None:
        self.driver.set_pref("dom.push.connection.enabled", on)
        time.sleep(0.5)  # the observer closes or opens the connection
