"""One thing that the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem`: what is wrong and what to do; empty where all is well."""

    about: str
    problem: str = ""
