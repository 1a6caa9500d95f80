"""A tiny town through the real site: loaded, filled in by the public door, continued, and asked to cause things."""

import json
import threading
import time
from urllib.request import Request, urlopen

import pytest
from django.core.management import call_command

from bijoli.core.tariff import energy_cost
from bijoli.customers.models import Access, Account
from bijoli.metering import numbers
from bijoli.metering.models import Credit, MeterEvent, MeterState, UsagePoint
from bijoli.simulator.causes import CauseError, Wish
from bijoli.simulator.control import ask, serve
from bijoli.simulator.gateway import Gateway
from bijoli.simulator.household import QUARTER
from bijoli.simulator.people import DEMO_METERS, DEMO_PHONE, SECOND_PHONE
from bijoli.simulator.store import Store, TownError
from bijoli.simulator.town import build, opened, tariff_book, town_folder, wake

pytestmark = pytest.mark.django_db(transaction=True)
METERS, DAYS = 5, 2


@pytest.fixture
def site(live_server, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    numbers.forget()
    yield live_server.url
    numbers.forget()


@pytest.fixture
def town(site):
    build(site, METERS, DAYS, on_progress=lambda *_: None)
    return site


def state(meter):
    return MeterState.objects.get(meter__number=meter)


def test_the_town_is_loaded_with_its_people(town):
    assert Account.objects.count() == UsagePoint.objects.count() == METERS
    owner = Access.objects.filter(customer__phone=f"+88{DEMO_PHONE}").order_by("account__number")
    assert [access.nickname for access in owner] == ["বাসা", "দোকান", "গ্রামের বাড়ি", "ফ্ল্যাট"]
    assert [access.account.mode for access in owner] == ["prepaid", "prepaid", "prepaid", "postpaid"]
    second = Access.objects.get(customer__phone=f"+88{SECOND_PHONE}")
    assert (second.account, second.role) == (owner[0].account, "viewer")
    assert UsagePoint.objects.get(account=owner[1].account).tariff == "LT-E"


def test_history_ends_now_and_balances_agree_with_the_tariff(town):
    store = Store(town_folder())
    kept, meters = store.plan(), wake(store, store.plan())
    begun = meters.fresh(meters.homes, meters.calendar, kept.first_slot * QUARTER + meters.homes.stagger)
    now = time.time()
    for row, number in enumerate(meters.homes.number):
        seen = state(number)
        assert now - 2 * QUARTER < seen.last_at <= now
        assert seen.register_wh == meters.state.register_ws[row] // 3600
        if not meters.homes.prepaid[row]:
            assert seen.balance_paisa is None
            continue
        credited = sum(Credit.objects.filter(meter__number=number).values_list("credited_paisa", flat=True))
        assert seen.balance_paisa == begun.balance[row] + credited - _cost(meters, row, begun)


def _cost(meters, row, begun):
    """What the energy since then cost, by the tariff itself; a month that turned meanwhile starts its slabs anew."""
    tariff = tariff_book().at(meters.homes.tariff[row], meters.calendar.local(int(meters.state.at[row])).date())
    first, last = (int(one.register_ws[row] // 3600) for one in (begun, meters.state))
    turn = int(meters.state.month_ws[row] // 3600)
    return energy_cost(0, turn - first, tariff) + energy_cost(0, last - turn, tariff)


def test_a_second_run_adds_only_the_gap(town):
    store = Store(town_folder())
    before = {number: (state(number).last_at, state(number).register_wh) for number in DEMO_METERS}
    accounts = Account.objects.count()
    build(town, 50, 30, seed=9, on_progress=lambda *_: None)
    assert Account.objects.count() == accounts
    for number, (at, register) in before.items():
        assert state(number).last_at - at in {0, QUARTER}
        assert state(number).register_wh >= register
    assert store.unsent() == []


def test_an_interrupted_run_repeats_and_misses_nothing(town):
    store = Store(town_folder())
    plan = store.plan()
    wanted = {number: (state(number).register_wh, state(number).balance_paisa) for number in DEMO_METERS}
    (store.folder / "state.npz").unlink()  # as if nothing had been acknowledged
    build(town, METERS, DAYS, on_progress=lambda *_: None)
    meters = wake(store, plan)
    for row, (number, (register, balance)) in enumerate(wanted.items()):
        if state(number).last_at == meters.state.at[row] and state(number).register_wh == register:
            assert state(number).balance_paisa == balance
        assert state(number).register_wh == meters.state.register_ws[row] // 3600


def test_a_town_whose_database_is_gone_begins_anew(town):
    call_command("flush", interactive=False, verbosity=0)
    numbers.forget()
    build(town, METERS, DAYS, on_progress=lambda *_: None)
    assert Account.objects.count() == METERS


def test_the_headend_reports_when_the_time_has_come(town):
    with opened(town) as headend:
        meters = headend.meters
        headend.clock = lambda: time.time() + 590  # as far ahead as the site lets a meter's clock be
        assert headend.report() >= 1
        gateway = Gateway(town, headend.store.token(), 5)
        headend.deliver(gateway)
        gateway.close()
        assert headend.store.unsent() == []
        for row, number in enumerate(meters.homes.number):
            assert state(number).register_wh == meters.state.register_ws[row] // 3600


def test_what_is_caused_while_the_site_is_away_waits_and_goes_out_as_it_is(town, monkeypatch):
    monkeypatch.setattr("bijoli.simulator.headend.PATIENCE", 0)
    with opened("http://127.0.0.1:9") as headend:
        told = headend.cause(Wish("low", DEMO_METERS[0]))
        assert not told.taken
        assert "is the site running" in told.said
    build(town, METERS, DAYS, on_progress=lambda *_: None)
    store = Store(town_folder())
    assert store.unsent() == []
    assert state(DEMO_METERS[0]).balance_paisa <= 84_50


def test_causes_reach_the_site_through_the_headend_s_door(town):
    with opened(town) as headend, serve(headend, 0) as control:
        threading.Thread(target=control.serve_forever).start()
        try:
            url = f"http://127.0.0.1:{control.server_port}"
            assert ask(url, Wish("low", DEMO_METERS[0]))["taken"]
            assert state(DEMO_METERS[0]).balance_paisa == 84_50
            ask(url, Wish("tamper", DEMO_METERS[0]))
            assert MeterEvent.objects.get(meter__number=DEMO_METERS[0]).kind == "tamper_cover"
            ask(url, Wish("recharge", DEMO_METERS[0], amount=1000_00))
            assert Credit.objects.filter(meter__number=DEMO_METERS[0]).latest("at").gross_paisa == 1000_00
            with pytest.raises(CauseError, match="postpaid"):
                ask(url, Wish("low", DEMO_METERS[3]))
            plain = Request(f"{url}/cause", json.dumps({"kind": "low"}).encode(), {"Content-Type": "text/plain"})  # noqa: S310
            with pytest.raises(OSError, match="404"):
                urlopen(plain, timeout=5)  # noqa: S310
        finally:
            control.shutdown()


def test_two_programs_do_not_run_one_town(town):
    with opened(town), pytest.raises(TownError, match="another program"):
        build(town, METERS, DAYS, on_progress=lambda *_: None)


def test_the_csv_can_be_had(site, tmp_path):
    call_command("town", "--url", site, "--meters", "3", "--days", "1", "--out", str(tmp_path / "out"))
    lines = (tmp_path / "out" / "town.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("account,meter,division")
    assert len(lines) == 1 + 3 + 1
    assert "বাসা" in lines[1]
