"""Nobody looks at a customer without a line that says so, and the line stays."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from bijoli.staff.base import LookMissing, StaffAdmin
from bijoli.staff.looks import Subject
from bijoli.staff.models import Looked
from bijoli.staff.site import StaffSite, site
from tests import households
from tests.apps.staff.conftest import EAST, home
from tests.households import NOON

pytestmark = pytest.mark.django_db


def lines(person):
    """What this colleague did, but the entry itself."""
    return list(
        Looked.objects.filter(staff=person).exclude(page__startswith="door/").order_by("pk").values_list("page", "customer", "account")
    )


def test_each_page_of_a_person_writes_its_line(member):
    resident, account, meter = home(EAST)
    tell([households.telling(meter)], NOON)
    told = Notification.objects.get(customer=resident)
    disputes.say_wrong(resident.pk, account.pk, told.stage_id, "wrong", timezone.now())
    one, dispute = member("administrator"), Dispute.objects.get()
    pages = {
        f"/staff/customers/customer/{resident.public_id}/": ("customers.customer/view", resident.pk, None),
        f"/staff/customers/account/{account.public_id}/": ("customers.account/view", None, account.pk),
        f"/staff/metering/meter/{meter.pk}/": ("metering.meter/view", None, account.pk),
        f"/staff/delivery/notification/{told.public_id}/": ("delivery.notification/view", resident.pk, account.pk),
        f"/staff/alerts/dispute/{dispute.public_id}/": ("alerts.dispute/view", resident.pk, account.pk),
    }
    for url in pages:
        assert one.client.get(url).status_code == 200
    assert lines(one.person) == list(pages.values())
    one.client.post(f"/staff/alerts/dispute/{dispute.public_id}/answer/", {"answer": "so"})
    assert lines(one.person)[-1] == ("alerts.dispute/answer", resident.pk, account.pk)


def test_a_look_up_is_written_down_found_or_not(member):
    resident, _, _ = home(EAST)
    one = member("service")
    one.client.post("/staff/find/", {"number": resident.phone})
    one.client.post("/staff/find/", {"number": "01799999999"})
    assert lines(one.person) == [("find/hit", resident.pk, None), ("find/miss", None, None)]
    assert not Looked.objects.filter(thing__contains="0179999").exists()


def test_what_was_refused_is_no_look(member):
    resident, _, _ = home(EAST)
    one = member("operations")
    assert one.client.get(f"/staff/customers/customer/{resident.public_id}/").status_code == 403
    assert lines(one.person) == []


def test_the_auditor_reads_the_lines_and_the_persons_page_shows_them(member):
    resident, account, _ = home(EAST)
    one, auditor, chief = member("service", EAST), member("auditor"), member("administrator")
    one.client.get(f"/staff/customers/customer/{resident.public_id}/")
    page = auditor.client.get(f"/staff/staff/looked/?who={one.person.pk}").content.decode()
    assert f"customer #{resident.pk}" in page
    assert one.person.name in page
    assert resident.phone not in page
    assert resident.name not in page
    assert one.person.name in chief.client.get(f"/staff/customers/customer/{resident.public_id}/").content.decode()
    one.client.get(f"/staff/customers/account/{account.public_id}/")
    assert one.person.name in chief.client.get(f"/staff/customers/account/{account.public_id}/").content.decode()
    assert auditor.client.get(f"/staff/staff/looked/{Looked.objects.latest('pk').pk}/").status_code == 200


@pytest.mark.parametrize("change", ["UPDATE staff_looked SET customer_id = NULL", "DELETE FROM staff_looked"])
def test_the_database_refuses_to_forget(member, change):
    member("service")
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert Looked.objects.exists()


def test_the_lines_outlive_the_person(member):
    resident, _, _ = home(EAST)
    one = member("service")
    one.client.get(f"/staff/customers/customer/{resident.public_id}/")
    key = resident.pk
    Access.objects.filter(customer=resident).delete()
    resident.delete()
    assert lines(one.person) == [("customers.customer/view", key, None)]
    assert f"customer #{key}" in member("auditor").client.get("/staff/staff/looked/").content.decode()


def test_the_lines_outlive_the_colleague_in_few_queries(member, django_assert_max_num_queries):
    resident, _, _ = home(EAST)
    one, auditor = member("service"), member("auditor")
    for _ in range(20):
        one.client.get(f"/staff/customers/customer/{resident.public_id}/")
    key = one.person.pk
    one.person.delete()
    with django_assert_max_num_queries(15):
        page = auditor.client.get("/staff/staff/looked/").content.decode()
    assert page.count(f">#{key}<") == 21


@pytest.mark.django_db(transaction=True)
def test_without_the_log_nothing_is_shown(member):
    """The line cannot be written: the page fails, and shows nothing."""
    resident, _, _ = home(EAST)
    one = member("service")
    one.client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE staff_looked ADD CONSTRAINT nothing_more CHECK (page LIKE 'door/%') NOT VALID")
        try:
            answer = one.client.get(f"/staff/customers/customer/{resident.public_id}/")
        finally:
            cursor.execute("ALTER TABLE staff_looked DROP CONSTRAINT nothing_more")
    assert answer.status_code == 500
    assert resident.name not in answer.content.decode()
    assert one.client.get(f"/staff/customers/customer/{resident.public_id}/").status_code == 200


# A page that a later hand hangs on the base


def test_a_page_must_say_what_it_is():
    with pytest.raises(TypeError, match="personal"):
        type("Forgetful", (StaffAdmin,), {"scoped": lambda *_: None})
    with pytest.raises(TypeError, match="bound"):
        type("Boundless", (StaffAdmin,), {"personal": False})
    with pytest.raises(TypeError, match="whom"):
        type("Anonymous", (StaffAdmin,), {"personal": True, "scoped": lambda *_: None})


def test_the_site_takes_only_pages_of_the_base():
    from django.contrib.admin import ModelAdmin

    with pytest.raises(TypeError, match="StaffAdmin"):
        StaffSite().register(Customer, ModelAdmin)
    with pytest.raises(TypeError, match="StaffAdmin"):
        StaffSite().register(Customer)


class Careless(StaffAdmin):
    """Shows a person past the base."""

    personal = True

    def scoped(self, rows, scope):
        return rows

    def subject(self, row):
        return Subject(str(row.pk))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        from django.http import HttpResponse

        return HttpResponse(Customer.objects.get(pk=object_id).name)


def test_a_look_past_the_base_is_stopped(member, rf):
    resident, _, _ = home(EAST)
    one = member("administrator")
    desk = Careless(Account, site)
    request = rf.get("/staff/x/")
    request.user, request.session = one.person, one.client.session
    request.COOKIES["staff"] = one.client.cookies["staff"].value
    view = next(url for url in desk.get_urls() if url.name.endswith("_change")).callback
    with pytest.raises(LookMissing):
        view(request, object_id=str(resident.pk))


def test_every_page_of_a_desk_goes_through_the_base():
    """No desk has an address that is not guarded, and each personal one writes down what it opens."""
    for desk in site._registry.values():
        assert isinstance(desk, StaffAdmin)
        assert type(desk).get_object is StaffAdmin.get_object
        assert type(desk).get_urls is StaffAdmin.get_urls
        assert type(desk).get_queryset is StaffAdmin.get_queryset
        for url in desk.get_urls():
            assert url.callback.watched, url
        assert not any((desk.has_add_permission(None), desk.has_change_permission(None), desk.has_delete_permission(None)))
