"""Tariffs on the staff's pages: two people, a day to come, rights by role, and what a bad form says."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bijoli.staff.models import Looked
from bijoli.tariffs import reads
from bijoli.tariffs.models import TariffOrder

pytestmark = pytest.mark.django_db

LIST = "/staff/tariffs/tarifforder/"
HOME = f"{LIST}class/LT-A/"
PROPOSE = f"{HOME}propose/"


@pytest.fixture(autouse=True)
def fresh():
    reads.look_again()
    yield
    reads.look_again()


def coming(book):
    """The class's tariff that has not begun; None for none."""
    return next((tariff for tariff in book.history("LT-A") if tariff.since > timezone.localdate()), None)


def day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def filled(client, url=PROPOSE):
    """What the form begins with, as a browser would send it."""
    form = client.get(url).context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value is not None}


def proposed(member, **change):
    one = member("tariffs")
    answer = one.client.post(PROPOSE, filled(one.client) | {"since": day(30), "source": "Order 7"} | change)
    assert answer.status_code == 302, errors(answer)
    return one, TariffOrder.objects.latest("pk")


def errors(answer):
    return re.findall(r'role="alert">([^<]*)<', answer.content.decode())


def test_the_form_begins_with_the_tariff_in_force(member):
    values = filled(member("tariffs").client)
    assert values["demand"] == "42.00"
    assert (values["upto_0"], values["rate_0"], values["rate_5"]) == ("75", "5.26", "14.61")
    assert (values["lifeline_upto"], values["lifeline_rate"]) == ("50", "4.63")
    assert (values["vat_percent"], sorted(values["vat_on"])) == ("5", ["demand", "energy"])
    assert (values["rent_1"], values["rent_3"], values["late_percent"]) == ("40.00", "250.00", "5")


def test_two_people_change_a_tariff(member, django_capture_on_commit_callbacks):
    one, order = proposed(member, demand="৪৫", rate_0="5.60", note="as decided")
    assert order.table["demand"] == "45.00"
    assert order.table["slabs"][0] == {"upto_kwh": "75", "rate": "5.60"}
    assert (order.note, order.table["source"], order.proposed_by_id) == ("as decided", "Order 7", one.person.pk)
    page = one.client.get(f"{LIST}{order.public_id}/").content.decode()
    assert "<strong>৳ 45.00</strong>" in page
    assert "৳ 42.00" in page
    other = member("approver")
    with django_capture_on_commit_callbacks(execute=True):
        answer = other.client.post(f"{LIST}{order.public_id}/approve/", follow=True)
    assert "It counts from its first day on." in answer.content.decode()
    assert coming(reads.book()).demand == 45_00
    assert "approved, to come" in other.client.get(LIST).content.decode()
    assert "To come" in other.client.get(LIST).content.decode()
    looks = Looked.objects.filter(page__startswith="tariffs.", thing=str(order.public_id)).order_by("pk")
    assert [(look.staff_id, look.page) for look in looks] == [
        (one.person.pk, "tariffs.tarifforder/propose"),
        (other.person.pk, "tariffs.tarifforder/approve"),
    ]


def test_nobody_approves_their_own_proposal(member):
    chief = member("administrator")
    chief.client.post(PROPOSE, filled(chief.client) | {"since": day(9), "source": "x", "demand": "43"})
    order = TariffOrder.objects.get()
    page = chief.client.get(f"{LIST}{order.public_id}/").content.decode()
    assert "a colleague must approve it" in page
    assert f"{order.public_id}/approve/" not in page
    answer = chief.client.post(f"{LIST}{order.public_id}/approve/", follow=True)
    assert "a colleague must approve it" in answer.content.decode()
    order.refresh_from_db()
    assert order.state == "draft"
    assert not Looked.objects.filter(page="tariffs.tarifforder/approve").exists()


def test_an_order_that_has_not_begun_is_withdrawn(member, django_capture_on_commit_callbacks):
    one, order = proposed(member, demand="43")
    member("approver").client.post(f"{LIST}{order.public_id}/approve/")
    with django_capture_on_commit_callbacks(execute=True):
        answer = one.client.post(f"{LIST}{order.public_id}/withdraw/", follow=True)
    assert "Withdrawn. It stays to be seen." in answer.content.decode()
    assert "withdraw/" not in answer.content.decode()
    assert coming(reads.book()) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"since": "2020-01-01"}, "An order begins tomorrow at the earliest."),
        ({"since": "soon"}, "Enter a valid date."),
        ({"demand": "much"}, "A number with at most 2 decimals."),
        ({"demand": "4.235"}, "A number with at most 2 decimals."),
        ({"demand": "-5"}, "A number with at most 2 decimals."),
        ({"vat_percent": "5.25"}, "A number with at most 1 decimal."),
        ({"vat_percent": "105"}, "This cannot be a tariff"),
        ({"rate_1": ""}, "This slab needs its rate."),
        ({"upto_5": "900"}, "Only the last slab has no end; it needs a rate."),
        ({"upto_1": "60"}, "Each slab must end above the one before."),
        ({"rate_1": "0.72"}, "A higher slab must not be cheaper."),
        ({"lifeline_rate": ""}, "The lifeline needs both"),
        ({"lifeline_rate": "9"}, "This cannot be a tariff"),
        ({"source": ""}, "This field is required."),
        ({"vat_on": ["everything"]}, "Select a valid choice"),
        ({}, "Nothing is changed: these are the rates in force."),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_keeps_nothing(member, change, says):
    one = member("tariffs")
    answer = one.client.post(PROPOSE, filled(one.client) | {"since": day(1), "source": "x"} | change)
    assert answer.status_code == 200
    assert [words for words in errors(answer) if says in words]
    assert not TariffOrder.objects.exists()


def test_slabs_can_be_added_left_out_and_lost(member):
    _, order = proposed(member, lifeline_upto="", lifeline_rate="", late_percent="", rent_3="", rate_6="15", upto_5="1,000")
    assert "lifeline" not in order.table
    assert "late_percent" not in order.table
    assert order.table["rent"] == {"1": "40.00"}
    assert order.table["slabs"][-2:] == [{"upto_kwh": "1000", "rate": "14.61"}, {"rate": "15.00"}]


def test_a_class_with_times_of_use_keeps_its_hours(member):
    one, url = member("tariffs"), f"{LIST}class/LT-E/propose/"
    values = filled(one.client, url)
    assert (values["time_0"], values["time_1"]) == ("11.71", "15.62")
    one.client.post(url, values | {"since": day(3), "source": "x", "time_1": "16"})
    order = TariffOrder.objects.get()
    assert order.table["times"] == {"off_peak": "11.71", "peak": "16.00"}
    assert order.table["hours"]["peak"] == [{"from": "17:00", "until": "23:00"}]
    assert "Peak (17:00–23:00)" in one.client.get(f"{LIST}{order.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("role", "sees", "proposes", "approves"),
    [
        ("service", True, False, False),
        ("technical", False, False, False),
        ("operations", False, False, False),
        ("auditor", True, False, False),
        ("tariffs", True, True, False),
        ("approver", True, False, True),
        ("administrator", True, True, True),
    ],
)
def test_rights_by_role(member, role, sees, proposes, approves):
    _, order = proposed(member, demand="43")
    one = member(role)
    page = f"{LIST}{order.public_id}/"
    assert {one.client.get(url).status_code for url in (LIST, HOME, page)} == ({200} if sees else {403})
    assert (one.client.get(PROPOSE).status_code == 200) == proposes
    assert ("Propose a change" in one.client.get(HOME).content.decode()) == proposes
    assert (one.client.post(f"{page}approve/").status_code == 302) == approves
    assert (one.client.post(f"{page}withdraw/").status_code == 302) == (proposes or approves)


def test_deeds_are_posts_and_strange_addresses_are_not_there(member):
    _, order = proposed(member, demand="43")
    chief = member("administrator").client
    assert chief.get(f"{LIST}{order.public_id}/approve/").status_code == 403
    for url in (f"{LIST}class/LT-X/", f"{LIST}class/LT-X/propose/", f"{HOME}2020-01-01/", f"{HOME}never/"):
        assert chief.get(url).status_code == 404


@pytest.mark.parametrize("language", ["bn", "en"])
def test_every_page_in_both_languages(member, language):
    _, order = proposed(member, demand="43")
    chief = member("administrator")
    type(chief.person).objects.update(language=language)
    for url in (LIST, f"{LIST}?state=draft", HOME, f"{HOME}2024-02-01/", PROPOSE, f"{LIST}{order.public_id}/", f"{LIST}class/LT-D3/"):
        answer = chief.client.get(url)
        assert answer.status_code == 200
        assert ("ট্যারিফ" in answer.content.decode()) == (language == "bn")


def test_the_list_costs_a_few_queries_however_many_classes(member):
    chief = member("administrator").client
    chief.get(LIST)
    before = len(connection.queries_log)
    connection.force_debug_cursor = True
    chief.get(LIST)
    connection.force_debug_cursor = False
    told = [query["sql"] for query in list(connection.queries_log)[before:] if "tariffs_tarifforder" in (query["sql"] or "")]
    assert 0 < len(told) <= 3
