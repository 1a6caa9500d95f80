"""Repeats on the terminal what leaves for phones (`manage.py deliver --show`): for the demo and for finding faults, never for a log."""

from __future__ import annotations

from collections.abc import Callable

from bijoli.delivery import wording
from bijoli.delivery.queue import Claim


def printer(write: Callable[[str], object]) -> Callable[[Claim], None]:
    """A function that writes one push as two lines, in the words of the phone that gets it."""

    def show(claim: Claim) -> None:
        said = wording.words(claim, claim.language, claim.account_name)
        write(f"→ {claim.code:4s} {said.title}\n       {said.body}")

    return show
