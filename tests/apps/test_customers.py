"""Whose account is whose, and what one may set for oneself."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bijoli.customers import preferences, reads
from bijoli.customers.access import LIVE_SQL, live
from bijoli.customers.agents import called
from bijoli.customers.models import Access, Account, Customer
from bijoli.customers.origin import client_address, network

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def rahima():
    return Customer.objects.create_user("+8801700000001")


@pytest.fixture
def karim():
    return Customer.objects.create_user("+8801700000002")


def link(customer, number, **fields):
    account, _ = Account.objects.get_or_create(number=number)
    Access.objects.create(customer=customer, account=account, **fields)
    return account


def test_all_accounts_of_a_number_appear_in_their_order(rahima):
    link(rahima, "20000002", position=1)
    link(rahima, "20000001", position=2, nickname="দোকান", own_limit_paisa=30000)
    link(rahima, "20000003", position=1, role=Access.Role.TENANT)
    seen = reads.accounts(rahima.pk)
    assert [view.number for view in seen] == ["20000002", "20000003", "20000001"]
    assert (seen[2].nickname, seen[2].own_limit_paisa, seen[1].role) == ("দোকান", 30000, "tenant")


def test_somebody_elses_account_is_neither_listed_nor_found(rahima, karim):
    theirs = link(karim, "20000001")
    assert reads.accounts(rahima.pk) == []
    assert reads.account(rahima.pk, theirs.public_id) is None
    assert reads.account(karim.pk, theirs.public_id).number == "20000001"


def test_one_account_may_have_several_people_each_with_their_own_word(rahima, karim):
    home = link(rahima, "20000001", nickname="বাসা")
    link(karim, "20000001", nickname="Home")
    preferences.set_nickname(karim.pk, home.public_id, "Parents")
    assert reads.account(rahima.pk, home.public_id).nickname == "বাসা"
    assert reads.account(karim.pk, home.public_id).nickname == "Parents"


def spans(now):
    return [
        (now - HOUR, None, True),
        (now, None, True),
        (now - HOUR, now + HOUR, True),
        (now + HOUR, None, False),
        (now - 2 * HOUR, now - HOUR, False),
        (now - HOUR, now, False),
    ]


def test_the_live_rule_is_the_same_in_the_orm_and_in_sql(rahima, karim):
    now = timezone.now()
    expected = set()
    for number, (since, until, alive) in enumerate(spans(now)):
        account = link(rahima, f"2000000{number}", since=since, until=until)
        expected |= {account.pk} if alive else set()
    link(karim, "20000000")
    Customer.objects.filter(pk=karim.pk).update(is_active=False)
    by_orm = set(Access.objects.filter(live(now)).values_list("account_id", flat=True))
    through = set(Account.objects.filter(live(now, "access__")).values_list("pk", flat=True))
    tables = "customers_access AS access JOIN customers_customer AS customer ON customer.id = access.customer_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT access.account_id FROM {tables} WHERE {LIVE_SQL}", {"now": now})
        by_sql = {row[0] for row in cursor.fetchall()}
    assert by_orm == through == by_sql == expected


def test_what_is_over_is_neither_listed_nor_named(rahima):
    account = link(rahima, "20000001", until=timezone.now() - HOUR)
    assert reads.accounts(rahima.pk) == []
    assert reads.account(rahima.pk, account.public_id) is None
    assert not preferences.set_nickname(rahima.pk, account.public_id, "mine?")


def test_preferences_change_what_is_given_and_nothing_else(rahima):
    preferences.set_preferences(rahima.pk, language="en")
    preferences.set_preferences(rahima.pk, theme="dark", name="  রহিমা \n খাতুন ")
    rahima.refresh_from_db()
    assert (rahima.language, rahima.theme, rahima.name) == ("en", "dark", "রহিমা খাতুন")


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"theme": "pink"}])
def test_preferences_that_are_not_offered_are_refused(rahima, wrong):
    with pytest.raises(ValueError, match="not offered"):
        preferences.set_preferences(rahima.pk, **wrong)


def test_a_nickname_is_one_tidy_line_and_keeps_its_bangla(rahima):
    account = link(rahima, "20000001")
    preferences.set_nickname(rahima.pk, account.public_id, " র\u200d্যাবের\tপাশের  দোকান\x00" + "ক" * 99)
    kept = reads.account(rahima.pk, account.public_id).nickname
    assert kept.startswith("র\u200d্যাবের পাশের দোকান")
    assert len(kept) == preferences.LONGEST_NICKNAME


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "expected"),
    [
        (0, "1.1.1.1", "192.0.2.1", "192.0.2.1"),  # no proxy of ours: what the client says is worth nothing
        (1, "6.6.6.6, 1.1.1.1", "10.0.0.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.2", "10.0.0.1", "1.1.1.1"),
        (2, "1.1.1.1", "192.0.2.1", "192.0.2.1"),  # came around the proxies
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1", "192.0.2.1"),
        (1, "1.1.1.1:4711", "10.0.0.1", "1.1.1.1"),
        (1, "[2001:db8::1]:443", "10.0.0.1", "2001:db8::1"),
        (0, "", "", "0.0.0.0"),  # noqa: S104 - a Unix socket
    ],
)
def test_the_clients_address_is_the_one_that_our_own_proxies_saw(rf, settings, proxies, forwarded, peer, expected):
    settings.PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR=peer, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))
    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("address", "counted"), [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::ffff:192.0.2.1", "192.0.2.1")]
)
def test_a_home_is_one_network(address, counted):
    assert network(address) == counted


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge, Windows"),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent, words):
    assert called(agent) == words
