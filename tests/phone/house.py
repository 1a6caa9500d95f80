"""Bijoli as it runs in earnest, on free ports of this machine: the site, watch, deliver, tick and the local push service, one database."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.processes import CHECKOUT, Process, answers, free_port, manage


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with one prepaid account and its meter."""

    phone: str
    account: str
    meter: str
    sanctioned_kw: int = 5


PEOPLE = tuple(Person(f"0171000{n:04d}", f"{20_000_000 + n}", f"{66_010_000_000 + n:012d}") for n in range(1, 41))


class House:
    """Everything runs from entering to leaving. `env` is what its processes are started with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web_port, self.push_port = free_port(), free_port()
        self.url, self.push_url = f"http://localhost:{self.web_port}", f"ws://localhost:{self.push_port}/"
        self.env = {
            "BIJOLI_DEMO": "1",
            "BIJOLI_SMS": "console",
            "BIJOLI_PUSH_HOSTS_LOCAL": f"localhost:{self.push_port}",
            "BIJOLI_LOG_LEVEL": "WARNING",
        }
        self._unused = iter(PEOPLE)
        self._stack = ExitStack()
        self.processes: list[Process] = []

    def __enter__(self) -> House:
        with ExitStack() as stack:
            self._prepare()
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            for process in self.processes:
                sys.stderr.write(f"--- {process.name}\n{process.output()[-2000:]}\n")
        self._stack.close()

    def _prepare(self) -> None:
        """Tables, words and files of the site; people and their meters; a gateway that may send."""
        for step in (["migrate", "--verbosity=0"], ["createcachetable", "--verbosity=0"], ["collectstatic", "--verbosity=0", "--no-input"]):
            self.command(*step)
        subprocess.run([sys.executable, "-m", "tools.messages", "compile"], cwd=CHECKOUT, check=True, timeout=60)

    def _start(self, stack: ExitStack) -> None:
        gunicorn = [sys.executable, "-m", "gunicorn", "bijoli.config.wsgi", "--bind", f"127.0.0.1:{self.web_port}", "--threads", "8"]
        store = str(self.folder / "pushservice")
        self.web = Process("web", gunicorn, self.env)
        self.push = manage("pushservice", "--port", str(self.push_port), "--folder", store, environment=self.env)
        self.processes = [self.web, self.push, *(manage(name, environment=self.env) for name in ("watch", "deliver", "tick"))]
        for process in self.processes:
            stack.enter_context(process)
        self.web.wait_for(lambda: answers(self.web_port))
        self.push.wait_for(lambda: answers(self.push_port))

    def command(self, *arguments: str) -> str:
        """A command of manage.py that ends; what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout
