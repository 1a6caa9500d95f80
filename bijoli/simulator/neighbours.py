"""Life in the town: some neighbours with phones are told something by their meter, and do what people do then.

They speak the public doors alone: the site's pages, the push service, the gateway's page, the head-end. So what the reports count
is what happened.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings

from bijoli.core.phone import e164
from bijoli.simulator.causes import Wish
from bijoli.simulator.control import ask
from bijoli.simulator.handset import Handset, HandsetError
from bijoli.simulator.people import DEMO_PLACES, FIRST_NEIGHBOUR
from bijoli.simulator.register import TWO_ACCOUNTS_EACH
from bijoli.simulator.store import Store, TownError
from bijoli.simulator.town import households, town_folder

AT_ONCE = 4
PAUSE = (3.0, 9.0)  # seconds until a person acts: more than the second that a meter's clock has
COMPLAINTS = (
    ("no_supply", "রাত দশটা থেকে বিদ্যুৎ নেই। পাশের বাড়িতে আছে।"),
    ("voltage", "সন্ধ্যায় ভোল্টেজ খুব কম, পাখা ধীরে ঘোরে।"),
    ("balance", "রিচার্জের পরেও ব্যালেন্স দ্রুত কমছে।"),
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A person with a prepaid meter of the town."""

    phone: str
    meter: str


Deed = Callable[["Doors", Neighbour, Handset, dict[str, Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the site, its push service and the town's head-end are reached. The head-end's answers come at most after 15 seconds."""

    site: str
    push: str
    headend: str

    async def cause(self, kind: str, meter: str) -> None:
        """Raises TownError where no head-end runs, CauseError where it cannot be."""
        if await sync_to_async(ask, thread_sensitive=False)(self.headend, Wish(kind, meter)) is None:
            raise TownError(f"no head-end runs at {self.headend}")


def neighbours(most: int) -> list[Neighbour]:
    """The first of those who pay for one prepaid meter. Raises TownError where there is no town."""
    plan = Store(town_folder()).plan()
    if plan is None or not plan.peopled:
        raise TownError("there is no town yet: `make demo` makes one")
    homes = households(plan)
    found = [
        Neighbour(e164(f"{FIRST_NEIGHBOUR + row - len(DEMO_PLACES):011d}", settings.UTILITY.country_code), homes.number[row])
        for row in range(len(DEMO_PLACES), len(homes))
        if homes.prepaid[row] and row % TWO_ACCOUNTS_EACH and (row + 1) % TWO_ACCOUNTS_EACH
    ]
    return found[:most]


def live(doors: Doors, people: list[Neighbour], said: Callable[[str], object], seed: int = 1) -> int:
    """All of them once; how many were told something by a push. `said` hears a line for each."""
    return asyncio.run(_live(doors, people, said, random.Random(seed)))


async def _live(doors: Doors, people: list[Neighbour], said: Callable[[str], object], chance: random.Random) -> int:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(person: Neighbour, story: tuple[str, Deed, str], pause: float) -> bool:
        async with few:
            try:
                await _story(doors, person, story, pause)
            except (HandsetError, TimeoutError) as error:
                said(f"…{person.phone[-4:]}: {str(error) or 'no push came'}")
                return False
            said(f"…{person.phone[-4:]}: {story[0]}, {story[2]}")
            return True

    stories = list(_stories(len(people)))
    told = await asyncio.gather(*(one(*each, chance.uniform(*PAUSE)) for each in zip(people, stories, strict=True)))
    return sum(told)


async def _story(doors: Doors, person: Neighbour, story: tuple[str, Deed, str], pause: float) -> None:
    kind, deed, _words = story
    async with Handset(doors.site, doors.push, person.phone) as phone:
        await phone.sign_in()
        await phone.turn_on()
        await doors.cause(kind, person.meter)
        told = await phone.pushed()
        await phone.report(told, "displayed")
        await asyncio.sleep(pause)
        await deed(doors, person, phone, told)


async def _pays(doors: Doors, person: Neighbour, phone: Handset, told: dict[str, Any]) -> None:
    """In the app, by bKash; a second later the head-end has put it on the meter."""
    at, _page = await phone.get("/recharge/")
    quote = await phone.get(f"{at.path}quote/?amount=500")
    hosted = await phone.led_on(await phone.submit(quote, "gateway", gateway="bkash"))
    await phone.submit(hosted, "choice", choice="success")


async def _recharges(doors: Doors, person: Neighbour, phone: Handset, told: dict[str, Any]) -> None:
    """At a shop, so the meter alone tells of it."""
    await doors.cause("recharge", person.meter)


async def _opens(doors: Doors, person: Neighbour, phone: Handset, told: dict[str, Any]) -> None:
    await phone.report(told, "opened")
    await phone.get(told["url"])


async def _complains(doors: Doors, person: Neighbour, phone: Handset, told: dict[str, Any]) -> None:
    category, text = COMPLAINTS[int(person.meter) % len(COMPLAINTS)]
    page = await phone.get(f"/help/complaints/new/?category={category}")
    await phone.submit(page, "draft", category=category, text=text, place="বাড়ি ১২, রোড ৩, সেক্টর ৭")


async def _nothing(doors: Doors, person: Neighbour, phone: Handset, told: dict[str, Any]) -> None:
    pass


def _stories(count: int) -> Iterator[tuple[str, Deed, str]]:
    """What happens to each, and what they do; in turn."""
    turn: tuple[tuple[str, Deed, str], ...] = (
        ("low", _pays, "recharged in the app"),
        ("zero", _recharges, "recharged at a shop"),
        ("overload", _opens, "opened the push"),
        ("low", _complains, "complained of something"),
        ("low", _nothing, "did nothing"),
        ("zero", _pays, "recharged in the app"),
        ("low", _recharges, "recharged at a shop"),
        ("tamper", _opens, "opened the push"),
        ("low", _opens, "opened the push"),
        ("zero", _complains, "complained of something"),
    )
    for place in range(count):
        yield turn[place % len(turn)]
