"""`manage.py staff`, and the roles' table in the database."""

import io

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.staff import factor, people
from bijoli.staff.models import StaffScope
from bijoli.staff.roles import ROLES, named, write
from tests import households
from tests.apps.staff.conftest import EAST, WEST

pytestmark = pytest.mark.django_db


def staff(*arguments):
    out = io.StringIO()
    call_command("staff", *arguments, stdout=out)
    return out.getvalue()


def test_taken_on_changed_listed_and_let_go():
    said = staff("add", "01712-345678", "--role", "service", "--division", EAST, "--division", WEST, "--name", "রিনা")
    assert said.startswith("Invitation: ")
    listed = staff("list")
    assert "+8801712345678  service; Uttara East, Uttara West; no second factor yet" in listed
    person = Customer.objects.get(phone="+8801712345678")
    factor.keep_secret(person, factor.new_secret())
    assert "set up already" in staff("add", "01712345678", "--role", "auditor", "--role", "technical")
    assert "auditor, technical; head office; ready" in staff("list")
    assert staff("reset-factor", "01712345678").startswith("Invitation: ")
    assert "removed" in staff("remove", "01712345678")
    assert staff("list") == ""
    person.refresh_from_db()
    assert not person.is_staff
    assert person.name == "রিনা"
    assert not StaffScope.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "12", "--role", "service"),
        ("add", "01712345678", "--role", "king"),
        ("add", "01712345678", "--role", "service", "--division", "Nowhere"),
        ("remove", "01712345678"),
        ("reset-factor", "01712345678"),
        ("code", "01712345678"),
        (),
    ],
)
def test_what_cannot_be_is_said(arguments):
    with pytest.raises(CommandError):
        staff(*arguments)
    assert not StaffScope.objects.exists()


def test_a_customer_keeps_what_they_are_and_staff_are_nobody_elses():
    resident = households.person()
    staff("add", resident.phone, "--role", "service")
    assert Customer.objects.get(pk=resident.pk).is_staff
    with pytest.raises(CommandError):
        staff("remove", households.person().phone)


def test_the_demo_tells_its_own_code_and_nothing_else_does(settings):
    settings.DEMO = True
    people.demo("01799000001", "সালমা বেগম", timezone.now())
    people.demo("01799000001", "সালমা বেগম", timezone.now())  # a second start
    code = staff("code", "01799000001").strip()
    assert len(code) == 6
    settings.DEMO = False
    with pytest.raises(CommandError, match="only the demo"):
        staff("code", "01799000001")


def test_the_groups_say_what_the_table_says():
    stale = Group.objects.get(name="auditor")
    stale.permissions.clear()
    write()
    for key, role in ROLES.items():
        kept = {f"{one.content_type.app_label}.{one.codename}" for one in Group.objects.get(name=key).permissions.all()}
        assert kept == set(role.may), key
    assert named("elsewhere") == "elsewhere"


def test_an_auditor_sees_no_customer():
    """Deeds name a person by our own number alone (desks/ownership.py); money and reports have their own desks."""
    seen = [may for may in ROLES["auditor"].may if not may.startswith(("staff.", "tariffs.", "payments.", "reports."))]
    assert seen == ["customers.view_deed"]


def test_a_circle_or_a_zone_is_its_divisions(db):
    staff("add", "01712345678", "--role", "service", "--circle", "Uttara")
    scope = StaffScope.objects.get()
    circle = sorted(one.division for one in settings.UTILITY.offices if one.circle == "Uttara")
    assert (scope.head_office, scope.divisions) == (False, circle)
    staff("add", "01712345678", "--role", "service", "--zone", "North", "--division", "Pallabi")
    scope.refresh_from_db()
    zone = {one.division for one in settings.UTILITY.offices if one.zone == "North"}
    assert set(scope.divisions) == zone | {"Pallabi"}
    with pytest.raises(CommandError, match="no circle or zone"):
        staff("add", "01712345678", "--role", "service", "--circle", "Nowhere")
    scope.refresh_from_db()
    assert set(scope.divisions) == zone | {"Pallabi"}
