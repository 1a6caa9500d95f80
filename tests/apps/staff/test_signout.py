"""A customer's lost phone: staff end every session of theirs, the customer can read that it was done, and who did it stands in the log."""

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Deed
from bijoli.delivery.models import Device
from bijoli.staff.models import Looked
from tests.apps.staff.conftest import EAST, WEST, home

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(db):
    """Hers, signed in and with pushes on."""
    customer, _, _ = home(EAST)
    client = Client()
    client.force_login(customer)
    assert client.get("/accounts/profile/").status_code == 200
    Device.objects.create(customer=customer, endpoint="https://push.example/1", p256dh=b"1", auth=b"2", seen_at=timezone.now())
    return customer, client


def test_every_device_is_out_at_once(member, phone):
    customer, client = phone
    one, page = member("service", EAST), f"/staff/customers/customer/{customer.public_id}/"
    assert "signout/" in one.client.get(page).content.decode()
    assert "signed out" in one.client.post(f"{page}signout/", follow=True).content.decode()
    assert client.get("/accounts/profile/").status_code == 302
    assert not Device.objects.filter(customer=customer, gone_at=None).exists()
    assert Looked.objects.filter(page="customers.customer/signout", staff=one.person, customer_id=customer.pk).count() == 1
    assert Deed.objects.get(customer=customer).what == "signed out"
    client.force_login(customer)
    assert "সাইন আউট করেছে" in client.get("/settings/privacy/").content.decode()


def test_looking_at_the_address_ends_nothing(member, phone):
    customer, client = phone
    assert member("service", EAST).client.get(f"/staff/customers/customer/{customer.public_id}/signout/").status_code == 403
    assert client.get("/accounts/profile/").status_code == 200


@pytest.mark.parametrize(("role", "division", "status"), [("technical", EAST, 403), ("reporter", EAST, 403), ("service", WEST, 404)])
def test_not_by_anyone(member, phone, role, division, status):
    customer, client = phone
    page = f"/staff/customers/customer/{customer.public_id}/"
    assert member(role, division).client.post(f"{page}signout/").status_code == status
    assert client.get("/accounts/profile/").status_code == 200
    assert Device.objects.filter(customer=customer, gone_at=None).exists()
    assert not Deed.objects.exists()
