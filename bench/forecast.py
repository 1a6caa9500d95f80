"""How often the run-out forecast is right and how narrow its range is, on homes that had no part in its constants.

The three public samples that come with the simulator (their authors call them simulated), scaled to a mean month of 250 kWh; or any
other interval files, one home each (`python -m bench.forecast FILE...`). Beside it a peer: the mean cost of the last 30 days.
No database.
"""

from __future__ import annotations

import statistics
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
UTILITY = ROOT / "utilities" / "demo"
KWH_MONTH = 250
ASKED = 500  # meters that the watcher asks for at a time


@dataclass(frozen=True)
class Site:
    """What a utility sets and the forecast reads."""

    tariff: Any
    utility: Any

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.utility.zone)


def measure(files: tuple[Path, ...] = ()) -> dict[str, float]:
    """`coverage`: part of the truths in the range; `width_ratio`: median width / days left, 12 hours credited; `peer_error_ratio`:
    median error / the peer's; `per_s`: forecasts a second of one core; `learn_ms`: a profile of 400 days."""
    from bijoli.insight import scores
    from bijoli.insight.backtest import Setting, replay_all

    site, homes = _site(), _homes(files)
    trials = replay_all(homes, Setting(site.tariff, site.zone, site.utility.protected, site.utility.holidays))
    found = scores.score(trials)
    assert found is not None
    assert found.broken == 0, "a cut was named inside protected hours"
    for name, group in scores.by_home(trials).items():
        one = scores.score(group)
        print(f"{name:42s}", one and f"{one.origins} origins, inside {one.inside:.3f}, width {one.width_ratio:.3f}", flush=True)
    return {
        "forecast.coverage": found.inside,
        "forecast.width_ratio": found.width_ratio,
        "forecast.homes": found.homes,
        "forecast.origins": found.origins,
        "forecast.peer_error_ratio": found.error_h / found.peer_error_h,
        "forecast.per_s": _per_s(homes[0], site),
        "forecast.learn_ms": _learn_ms(homes[0]),
    }


def _site() -> Site:
    from bijoli.config.utility import read_utility
    from bijoli.core.tariff import read_tariff

    book = read_tariff(tomllib.loads((UTILITY / "tariff.toml").read_text(encoding="utf-8"), parse_float=Decimal))
    return Site(max((one for one in book.tariffs if one.code == "LT-A"), key=lambda one: one.since), read_utility(UTILITY))


def _homes(files: tuple[Path, ...]) -> list[Any]:
    from bijoli.insight.backtest import home_of
    from bijoli.metering.intervalfile import read_intervals

    shipped = sorted((ROOT / "bijoli" / "simulator" / "shapes").glob("*.csv.gz"))
    return [home_of(read_intervals(path), KWH_MONTH) for path in files or shipped]


def _per_s(home: Any, site: Site) -> float:
    """One profile, `ASKED` balances that last from some hours to about two weeks."""
    from bijoli.core.forecast import run_out
    from bijoli.insight.backtest import profile_at

    origin = home.first_day + timedelta(days=400)
    profile, at = profile_at(home, origin), datetime.combine(origin, clock(9, 30), site.zone)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        for number in range(ASKED):
            run_out(50_00 + number * 200, at, 120_000, profile, lambda _: site.tariff, site.utility.protected, site.utility.holidays)
        took.append(time.perf_counter() - began)
    return ASKED / statistics.median(took)


def _learn_ms(home: Any) -> float:
    from bijoli.core.forecast import learn

    days = [(home.first_day + timedelta(days=place), wh) for place, wh in enumerate(home.daily[:400])]
    took = []
    for _ in range(50):
        began = time.perf_counter()
        learn(days)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    for name, value in measure(tuple(Path(name) for name in sys.argv[1:])).items():
        print(f"{name:28} {value:12.3f}")
