"""Meters: how their numbers are written, and what their event codes mean."""

from __future__ import annotations

from dataclasses import dataclass

from bijoli.core.eventcodes import TABLES

NUMBER_LENGTH = 12
KINDS = (
    frozenset({"low_balance", "zero_balance", "emergency_credit", "overload", "supply_off", "supply_on", "power_fail", "power_restore"})
    | {"over_voltage", "low_voltage", "tamper_cover", "tamper_magnet", "tamper_current", "tamper_neutral", "tamper_comm"}
    | {"meter_fault", "config_change", "info"}
)
ALERTING = frozenset({"overload", "supply_off", "supply_on", "zero_balance", "low_balance"})
CREDIT = ("prepay", "credit")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code's meaning. `begins`: true where the condition begins, false where it ends, None where it does neither."""

    kind: str
    begins: bool | None = None

    @property
    def alerts(self) -> bool:
        """Whether the alert rules want to know of it. A failed login, say, touches on tampering and is no condition that begins."""
        return self.begins is not None and (self.kind in ALERTING or self.kind.startswith("tamper_"))


def meaning(profile: str, code: str) -> Meaning | None:
    """What `code` means in the list of codes `profile`; None where the list or the code is not known (it is kept all the same)."""
    found = TABLES.get(profile.lower(), {}).get(_key(profile.lower(), code.strip()))
    return Meaning(*found) if found else None


def _key(profile: str, code: str) -> str:
    """The code as its table writes it: CIM by the last three of four parts, numbers without leading zeros, words in lower case."""
    if profile == "cim":
        parts = code.split(".")
        return ".".join(parts[1:]) if len(parts) == 4 else code
    if code.isascii() and code.isdigit():
        return code.lstrip("0")
    return code.lower()


def meter_number(text: str) -> str:
    """A meter's number of 12 digits; 11 are taken as one whose leading 0 was dropped. Raises ValueError for anything else."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (NUMBER_LENGTH - 1, NUMBER_LENGTH)):
        raise ValueError(f"a meter number has {NUMBER_LENGTH} digits")
    return digits.zfill(NUMBER_LENGTH)
