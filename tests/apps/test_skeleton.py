import pytest

from bijoli.customers.models import Customer


@pytest.mark.django_db
def test_a_customer_can_be_made():
    Customer.objects.create_user("+8801712345678")
    assert Customer.objects.count() == 1
