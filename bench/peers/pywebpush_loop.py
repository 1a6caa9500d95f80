"""`python -m bench.peers.pywebpush_loop PORT CA KEY_FILE COUNT readme|session`: pushes with pywebpush, prints how many a second.

`readme` is `webpush(...)` for each message, as its README shows it: it reads the key and opens a connection every time. `session` is its
best case: the key is read once and one connection is kept.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

BYTES = 400  # the JSON of one of our pushes


def main(port: str, authority: str, key_file: str, count: str, how: str) -> None:
    import requests
    from py_vapid import Vapid02
    from pywebpush import webpush

    from bench.push import subscription

    os.environ["REQUESTS_CA_BUNDLE"] = authority
    info = {"endpoint": f"https://localhost:{port}/{'x' * 40}", "keys": subscription()}
    more: dict[str, Any] = {"vapid_private_key": key_file}
    if how == "session":
        more = {"vapid_private_key": Vapid02.from_file(key_file), "requests_session": requests.Session()}
    data = "x" * BYTES
    webpush(info, data, vapid_claims={"sub": "mailto:push@example.org"}, **more)  # whatever is done once
    began = time.perf_counter()
    for _ in range(int(count)):
        webpush(info, data, vapid_claims={"sub": "mailto:push@example.org"}, **more)
    print(int(count) / (time.perf_counter() - began))


if __name__ == "__main__":
    main(*sys.argv[1:])
