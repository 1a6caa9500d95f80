"""A mail server that can misbehave as real ones do. What it is told in `replies` it does next, then it takes everything.

It runs aiosmtpd in a thread; `letters` is what truly lies in mailboxes: a broken answer may come after that.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(frozen=True, slots=True)
class Letter:
    """What arrived: to whom the envelope says, what the headers and the text say, read as a mail program does."""

    to: list[str]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return str(self.message.get_content())


class MailPeer:
    """Runs while entered. `replies`: "451 later", "550 no", "hang", "cut", "take and cut"."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.replies: deque[str] = deque()
        self.always = ""
        self.asked = self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._over = asyncio.Event()

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.asked += 1
        reply = self.replies.popleft() if self.replies else self.always
        if not reply or reply.startswith("take"):
            content = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(content, EmailMessage)
            self.letters.append(Letter(list(envelope.rcpt_tos), content))
        if reply == "hang":
            await self._over.wait()
        if reply.endswith("cut"):
            server.transport.abort()
        return reply if reply[:1].isdigit() else "250 OK"

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=alerts@utility.example"

    def file(self, folder: Path) -> str:
        """The file that names this server; a new one each time, since it is read once."""
        path = folder / f"mail-{len(list(folder.iterdir()))}.toml"
        path.write_text(f'[email]\napprise = "{self.url}"\ntimeout_s = 1\n')
        return str(path)

    def __enter__(self) -> MailPeer:
        self._thread.start()
        self.listen()
        return self

    def listen(self) -> None:
        """Opens its door, the same one as before."""

        async def opened() -> asyncio.Server:
            return await self._loop.create_server(lambda: SMTP(self, hostname="peer.example", loop=self._loop), "127.0.0.1", self.port)

        self._server = asyncio.run_coroutine_threadsafe(opened(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Nobody listens any more."""
        self._loop.call_soon_threadsafe(self._server.close)

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._over.set()
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
