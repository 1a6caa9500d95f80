"""What one electricity utility sets for itself: names, limits, hours. Read from its `utility.toml`, never constants in the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

from bijoli.core.complaint import Desk


@dataclass(frozen=True, slots=True)
class Office:
    """One S&D (sales and distribution) division of the utility and how to reach it."""

    division: str
    name: dict[str, str]
    circle: str = ""
    zone: str = ""
    address: dict[str, str] = field(default_factory=dict)
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of the alert rules (source: the alert specification). Money in paisa, loads as parts per thousand of the sanctioned load."""

    low_paisa: int = 100_00
    very_low_paisa: int = 50_00
    close_permille: int = 1200
    overload_open_permille: int = 1000
    overload_high_permille: int = 1100
    overload_close_permille: int = 950


@dataclass(frozen=True, slots=True)
class ProtectedHours:
    """When supply is not cut although the balance is finished. Empty where the utility has not told its rule."""

    daily_from: time | None = None
    daily_until: time | None = None
    weekly_days: tuple[int, ...] = ()  # Monday is 0
    on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class SlabGuard:
    """When a slab's end is near enough to tell of it: so many Wh before the lifeline ends, from this part of any other slab's end on."""

    lifeline_wh: int = 3000
    edge_permille: int = 900


@dataclass(frozen=True, slots=True)
class Paying:
    """What may be paid in the app, paisa. What no source tells of the utility stays on the careful side until it is set.

    `partial`: a bill may be paid in parts of at least `least_part`; `over`: what is paid over a bill is kept as the account's advance,
    else it is refused before paying.
    """

    least: int = 10_00
    most: int = 25_000_00
    quick: tuple[int, ...] = (200_00, 500_00, 1000_00, 2000_00)
    partial: bool = False
    least_part: int = 100_00
    over: bool = False


@dataclass(frozen=True, slots=True)
class Utility:
    """One utility. `name` and other words are by language code, "bn" and "en"."""

    name: dict[str, str]
    short_name: dict[str, str]
    hotline: str
    zone: str = "Asia/Dhaka"
    languages: tuple[str, ...] = ("bn", "en")
    country_code: str = "880"
    accent: tuple[str, str] = ("#0b6b66", "#63cfc4")  # light, dark
    thresholds: Thresholds = field(default_factory=Thresholds)
    quiet_from: time = time(22, 0)
    quiet_until: time = time(7, 0)
    protected: ProtectedHours = field(default_factory=ProtectedHours)
    slab_guard: SlabGuard = field(default_factory=SlabGuard)
    load_step_w: int = 1000  # sanctioned loads are multiples of it
    holidays: frozenset[date] = frozenset()
    paying: Paying = field(default_factory=Paying)
    complaints: Desk = field(default_factory=Desk)
    offices: tuple[Office, ...] = ()
    demo: bool = False
