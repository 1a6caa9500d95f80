"""What the demo does at its simulated gateways: bKash is told where the site takes its notices, as a merchant tells it once."""

from __future__ import annotations

import json
import logging
from urllib.request import Request, urlopen

log = logging.getLogger(__name__)


def subscribe(gateways: str, site: str) -> None:
    """Both are addresses on this machine. Without the notices everything works too, some seconds later."""
    asked = json.dumps({"url": f"{site}/till/notice/bkash/"}).encode()
    request = Request(f"{gateways}/bkash/_subscribe", data=asked, headers={"Content-Type": "application/json"})  # noqa: S310 our own address
    try:
        with urlopen(request, timeout=15) as answer:  # noqa: S310
            if not json.load(answer).get("confirmed"):
                log.warning("the site has not confirmed that it wants bKash's notices")
    except OSError as error:
        log.warning("the simulated bKash could not be told where notices go: %s", error)
