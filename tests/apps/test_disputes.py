""" "This is wrong": for one's own notification alone, once while it waits, not without end; staff answer, the person reads it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.customers.models import Access
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from tests import households
from tests.households import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(rahima, meter):
    tell([households.telling(meter)], NOON)
    return Notification.objects.get(customer=rahima)


def page(notification, tail="wrong/"):
    return f"/n/{notification.public_id}/{tail}"


@pytest.mark.parametrize(
    ("language", "asked", "waiting"), [("en", "What is wrong?", "We have your message"), ("bn", "কী ভুল", "আমরা পেয়েছি")]
)
def test_the_person_says_it_and_reads_it_again(client, rahima, told, language, asked, waiting):
    type(rahima).objects.filter(pk=rahima.pk).update(language=language)
    client.force_login(rahima)
    assert page(told) in client.get(page(told, "")).content.decode()
    assert asked in client.get(page(told)).content.decode()
    sent = client.post(page(told), {"text": "  The balance was <b>500</b>  "}, follow=True)
    assert sent.redirect_chain == [(page(told), 302)]
    assert waiting in sent.content.decode()
    detail = client.get(page(told, "")).content.decode()
    assert "The balance was &lt;b&gt;500&lt;/b&gt;" in detail
    assert page(told) not in detail  # it waits: nothing more to say


def test_said_twice_it_is_kept_once(client, rahima, told):
    client.force_login(rahima)
    for text in ("first", "second"):
        assert client.post(page(told), {"text": text}).status_code in (200, 302)
    disputes.say_wrong(rahima.pk, told.account_id, told.stage_id, "third", NOON)
    assert Dispute.objects.get().text == "first"


def test_staff_answer_once_and_the_person_reads_it(client, rahima, told):
    client.force_login(rahima)
    disputes.say_wrong(rahima.pk, told.account_id, told.stage_id, "wrong", timezone.now())
    said = Dispute.objects.get()
    disputes.answer(said.public_id, "The reading was right.", households.person().pk, timezone.now())
    with pytest.raises(disputes.DisputeError):
        disputes.answer(said.public_id, "Another", households.person().pk, timezone.now())
    detail = client.get(page(told, "")).content.decode()
    assert "The reading was right." in detail
    assert page(told) in detail  # it may be said anew
    client.post(page(told), {"text": "still wrong"})
    assert [one.answer for one in disputes.of(rahima.pk, told.stage_id)] == ["", "The reading was right."]


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_nothing_and_too_much_are_refused_in_words(client, rahima, told, text):
    client.force_login(rahima)
    answer = client.post(page(told), {"text": text})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Dispute.objects.exists()
    with pytest.raises(disputes.DisputeError):
        disputes.say_wrong(rahima.pk, told.account_id, told.stage_id, text, NOON)


def test_another_persons_notification_does_not_exist(client, told):
    stranger = households.person()
    assert client.get(page(told)).status_code == 302  # a guest signs in first
    client.force_login(stranger)
    assert client.get(page(told)).status_code == 404
    assert client.post(page(told), {"text": "mine?"}).status_code == 404
    with pytest.raises(disputes.DisputeError):
        disputes.say_wrong(stranger.pk, told.account_id, told.stage_id, "mine?", NOON)
    assert not Dispute.objects.exists()


def test_ended_access_and_a_test_message_have_no_such_page(client, rahima, told):
    client.force_login(rahima)
    trial = Notification.objects.create(customer=rahima, kind="test", code="TEST", at=NOON)
    assert client.get(page(trial)).status_code == 404
    Access.objects.filter(customer=rahima).update(until=timezone.now() - timedelta(days=1))
    assert client.get(page(told)).status_code == 404
    with pytest.raises(disputes.DisputeError):
        disputes.say_wrong(rahima.pk, told.account_id, told.stage_id, "wrong", timezone.now())


def test_ten_a_day_and_the_words_are_not_lost(client, rahima, meter):
    client.force_login(rahima)
    for count in range(11):
        tell([households.telling(meter)], NOON + timedelta(hours=count))
    answers = [client.post(page(one), {"text": "not so"}) for one in Notification.objects.filter(customer=rahima)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "not so" in answers[-1].content.decode()
    assert Dispute.objects.count() == 10
