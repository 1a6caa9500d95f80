"""Who has muted planned outages or other notices: no push, everything else as before; and the two switches of the settings."""

import pytest

from bijoli.customers.models import Account
from bijoli.delivery.models import Delivery
from bijoli.notices import audience as who
from bijoli.notices import desk, reads
from bijoli.notices.audience import Audience
from tests import households
from tests.apps.notices.test_notices import HOUR, NOW, colleague, draft, lived, send

__all__ = ["colleague"]
pytestmark = pytest.mark.django_db


def test_each_of_the_two_switches_keeps_its_own_notices_from_the_phones_and_the_preview_says_so(colleague):
    no_outages, no_news = lived(mutes_outages=True), lived(mutes_news=True)
    outage = who.count(Audience(feeders=("F1",)), NOW, outage=True)
    assert (outage.persons, outage.phones, outage.muted) == (2, 1, 1)
    desk.propose(draft(), colleague.pk, NOW)
    desk.propose(draft(kind="notice", starts_at=None, ends_at=None), colleague.pk, NOW)
    send()
    pushed = {(one.notification.customer_id, one.notification.code, one.status) for one in Delivery.objects.select_related("notification")}
    assert pushed == {
        (no_outages.pk, "N1", "suppressed"),
        (no_outages.pk, "N2", "queued"),
        (no_news.pk, "N1", "queued"),
        (no_news.pk, "N2", "suppressed"),
    }
    assert set(Delivery.objects.filter(status="suppressed").values_list("reason", "device")) == {("opted out", None)}
    home = Account.objects.get(access__customer=no_outages)
    assert len(reads.current([home.pk], NOW)) == 2


def test_that_a_muted_outage_is_cancelled_is_muted_too(colleague):
    muted = lived(mutes_outages=True)
    notice = desk.propose(draft(), colleague.pk, NOW)
    send()
    desk.cancel(notice.public_id, colleague.pk, NOW)
    send(NOW + HOUR / 60)
    said = Delivery.objects.get(notification__code="N0", notification__customer=muted)
    assert (said.status, said.reason) == ("suppressed", "opted out")


def test_the_two_switches_for_the_notices_of_the_utility(client):
    person = households.person(language="en")
    client.force_login(person)
    assert client.post("/settings/alerts/", {"notices": "1", "on": ["news"]}).status_code == 302
    person.refresh_from_db()
    assert (person.mutes_outages, person.mutes_news) == (True, False)
    shown = client.get("/settings/alerts/").content.decode()
    assert 'value="outages">' in shown
    assert 'value="news" checked>' in shown
    client.post("/settings/alerts/", {"notices": "1", "on": ["news", "outages", "else"]})
    person.refresh_from_db()
    assert (person.mutes_outages, person.mutes_news) == (False, False)
