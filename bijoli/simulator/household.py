"""Who lives in the town: accounts, meters, what they use and how they pay. Made up from a seed, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bijoli.simulator.chance import Floats, Ints, chance, pick
from bijoli.simulator.people import DEMO_PLACES, FIRST_ACCOUNT, FIRST_METER

QUARTER = 900
FEEDERS_A_DIVISION = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of customer: share of the town, tariff class, sanctioned loads to choose from, and mean load as part of it."""

    share: float
    tariff: str
    loads_w: tuple[int, ...]
    use: tuple[float, float]


KINDS = (
    Kind(0.80, "LT-A", (1000, 2000, 2000, 2000, 3000, 3000, 4000, 5000, 8000), (0.05, 0.12)),
    Kind(0.14, "LT-E", (1000, 2000, 3000, 5000, 8000), (0.06, 0.14)),
    Kind(0.03, "LT-C1", (5000, 10000, 15000), (0.10, 0.20)),
    Kind(0.02, "LT-D1", (3000, 5000, 10000), (0.08, 0.15)),
    Kind(0.01, "LT-D3", (5000, 8000), (0.12, 0.20)),
)
THREE_PHASES_FROM_W = 8000
POSTPAID_SHARE = 0.08
PROFILES = ("is15959", "is15959", "dlms")
AMOUNTS = (10_000, 20_000, 30_000, 50_000, 100_000, 150_000, 200_000, 300_000, 500_000, 1_000_000)  # recharges that people make, paisa


@dataclass(frozen=True, slots=True)
class Households:
    """The town in columns, one row a meter, in the order of their numbers."""

    seed: int
    key: Ints  # what chance is asked with
    number: tuple[str, ...]
    account: tuple[str, ...]
    division: tuple[str, ...]
    feeder: tuple[str, ...]
    profile: tuple[str, ...]
    tariff: tuple[str, ...]
    sanctioned_w: Ints
    phases: Ints
    prepaid: np.typing.NDArray[np.bool_]
    mean_w: Floats
    stagger: Ints  # seconds after the quarter at which the meter reports
    calls_at: Ints  # paisa: a balance under it makes the person think of a recharge
    amount: Ints  # paisa: what this person usually pays
    starts_with: Ints  # paisa on the first day

    def __len__(self) -> int:
        return len(self.number)


def settle(meters: int, seed: int, divisions: Sequence[str]) -> Households:
    """A town of so many meters. The first four are the demo person's (home, shop, village house, postpaid flat)."""
    key = np.arange(meters, dtype=np.int64)
    kinds = pick(seed, key, 1, [kind.share for kind in KINDS])
    load = _loads(seed, key, kinds)
    low, high = (np.array([kind.use[end] for kind in KINDS])[kinds] for end in (0, 1))
    mean = load * (low + (high - low) * chance(seed, key, 0, 3))
    prepaid = chance(seed, key, 0, 4) >= POSTPAID_SHARE
    tariff = [KINDS[kind].tariff for kind in kinds]
    calls_at, amount, starts_with = _habits(seed, key, mean)
    for place, own in zip(DEMO_PLACES, range(meters), strict=False):
        load[own], mean[own], prepaid[own], tariff[own] = place.load_w, place.mean_w, place.prepaid, place.tariff
        calls_at[own], amount[own], starts_with[own] = place.calls_at, place.amount, place.starts_with
    where = [_place(position, meters, divisions) for position in range(meters)]
    return Households(
        seed=seed,
        key=key,
        number=tuple(f"{FIRST_METER + position:012d}" for position in range(meters)),
        account=tuple(str(FIRST_ACCOUNT + position) for position in range(meters)),
        division=tuple(division for division, _ in where),
        feeder=tuple(feeder for _, feeder in where),
        profile=tuple(PROFILES[position % len(PROFILES)] for position in range(meters)),
        tariff=tuple(tariff),
        sanctioned_w=load,
        phases=np.where(load >= THREE_PHASES_FROM_W, 3, 1).astype(np.int64),
        prepaid=prepaid,
        mean_w=mean,
        stagger=(chance(seed, key, 0, 5) * QUARTER).astype(np.int64),
        calls_at=calls_at,
        amount=amount,
        starts_with=starts_with,
    )


def _loads(seed: int, key: Ints, kinds: Ints) -> Ints:
    chosen = chance(seed, key, 0, 2)
    return np.array(
        [KINDS[kind].loads_w[int(at * len(KINDS[kind].loads_w))] for kind, at in zip(kinds, chosen, strict=True)], dtype=np.int64
    )


def _habits(seed: int, key: Ints, mean_w: Floats) -> tuple[Ints, Ints, Ints]:
    """When and how much people pay: most in good time, some let it fall under 100 taka, a few until the supply is cut."""
    bands = np.array([(150_00, 500_00), (20_00, 95_00), (-60_00, 5_00)])[pick(seed, key, 6, [0.80, 0.16, 0.04])]
    calls_at = (bands[:, 0] + (bands[:, 1] - bands[:, 0]) * chance(seed, key, 0, 7)).astype(np.int64)
    week_paisa = mean_w * 24 * 7 / 1000 * 750
    wished = week_paisa * (0.8 + 2.2 * chance(seed, key, 0, 8))
    amount = np.array(AMOUNTS)[np.clip(np.searchsorted(AMOUNTS, wished), 1, len(AMOUNTS) - 1)]
    return calls_at, amount.astype(np.int64), (calls_at + amount * chance(seed, key, 0, 9)).astype(np.int64)


def _place(position: int, meters: int, divisions: Sequence[str]) -> tuple[str, str]:
    """Division and feeder, filled one after the other: neighbours on a feeder are neighbours in number."""
    feeders = len(divisions) * FEEDERS_A_DIVISION
    feeder = position * feeders // meters
    division = divisions[feeder // FEEDERS_A_DIVISION]
    return division, f"{division} 11kV-{feeder % FEEDERS_A_DIVISION + 1}"
