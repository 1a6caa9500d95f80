"""A strict push service that misbehaves on demand, a sender that trusts it, and a clock that tests turn."""

from datetime import datetime, timedelta

import pytest

from bijoli.delivery.channels.webpush.send import Sender
from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.emailing import Mailer
from bijoli.delivery.texting import Texter
from tests.households import NOON, Keys, person, phone
from tests.mailpeer import MailPeer
from tests.pushpeer import HOST, Peer
from tests.smspeer import SmsPeer, gateways


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **ahead: float) -> None:
        self.now += timedelta(**ahead)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def peer(settings):
    settings.PUSH_HOSTS = [HOST, "other.test"]
    with Peer() as running:
        yield running
        assert running.broken == []


@pytest.fixture
def sender(peer):
    made = Sender(certificates=str(peer.authority), connect_to=peer.connect_to, connect_s=2, answer_s=1)
    yield made
    made.close()


@pytest.fixture
def deliverer(sender, clock):
    return Deliverer(sender, clock=clock)


@pytest.fixture
def keys():
    return Keys()


@pytest.fixture
def owner(db, keys, peer):
    """A person with one phone, `keys`, at the peer's path `first`."""
    made = person(language="en")
    phone(made, peer.endpoint("first"), keys)
    return made


@pytest.fixture
def first():
    with SmsPeer() as running:
        yield running


@pytest.fixture
def second():
    with SmsPeer() as running:
        yield running


@pytest.fixture
def gates(settings, tmp_path, first, second):
    settings.SMS_GATEWAYS = gateways(tmp_path, first.table("first"), second.table("second"))


@pytest.fixture
def texter(clock, gates):
    made = Texter(clock=clock)
    yield made
    made.close()


@pytest.fixture
def post():
    with MailPeer() as running:
        yield running


@pytest.fixture
def mailer(settings, tmp_path, clock, post):
    settings.EMAIL_FILE = post.file(tmp_path)
    made = Mailer(clock=clock)
    yield made
    made.close()
