"""What each meter draws at a time: a shape with its calendar shifted and its size scaled, for many meters at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bijoli.simulator.calendar import Calendar
from bijoli.simulator.chance import Floats, Ints, chance
from bijoli.simulator.household import Households
from bijoli.simulator.shape import MONDAY, SLOT_SECONDS, WEEK_SLOTS, Shape

DAY_SLOTS = 96
HALF_A_YEAR = 26 * WEEK_SLOTS  # the samples' cold season is the town's hot one
WEEKEND_SHIFT = DAY_SLOTS  # the samples' Saturday is the town's Friday
KNEE, ROOM = 0.60, 0.32  # loads bend above 60 % of the sanctioned load and never reach 92 %


class Loads:
    """The shapes end to end, and for each meter which one it follows, shifted by some weeks and minutes of its own."""

    def __init__(self, homes: Households, shapes: Sequence[Shape], calendar: Calendar) -> None:
        self.homes, self.calendar = homes, calendar
        chosen = (chance(homes.seed, homes.key, 0, 20) * len(shapes)).astype(np.int64)
        lengths = np.array([len(shape.levels) for shape in shapes], dtype=np.int64)
        self.levels = np.concatenate([shape.levels for shape in shapes])
        self.start = (np.cumsum(lengths) - lengths)[chosen]
        self.length = lengths[chosen]
        weeks = (chance(homes.seed, homes.key, 0, 21) * 7).astype(np.int64) - 3
        slots = (chance(homes.seed, homes.key, 0, 22) * 9).astype(np.int64) - 4
        first = np.array([shape.first_slot for shape in shapes], dtype=np.int64)[chosen]
        self.shift = HALF_A_YEAR + WEEKEND_SHIFT + weeks * WEEK_SLOTS + slots - first

    def at(self, rows: Ints, at: Ints) -> Ints:
        """Average load in W of the quarter of an hour that ends at `at`, for the meters of `rows`."""
        slot = (self.calendar.clock(at) - 1 - MONDAY) // SLOT_SECONDS
        level = self.levels[self.start[rows] + (slot + self.shift[rows]) % self.length[rows]]
        flutter = 0.75 + 0.5 * chance(self.homes.seed, self.homes.key[rows], slot, 23)
        return _bent(level * flutter * self.homes.mean_w[rows], self.homes.sanctioned_w[rows])


def _bent(load_w: Floats, sanctioned_w: Ints) -> Ints:
    """Whole watts that stay under the sanctioned load, so that an overload in the town is one that somebody caused."""
    part = load_w / sanctioned_w
    bent = np.where(part > KNEE, KNEE + ROOM * np.tanh((part - KNEE) / ROOM), part)
    return np.asarray((bent * sanctioned_w).astype(np.int64))
