"""What nobody has seen comes by e-mail to who wishes it: through a real mail server that misbehaves."""

import logging
from datetime import timedelta
from threading import Event

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from bijoli.core.alerts.stages import STAGES
from bijoli.customers.models import Customer
from bijoli.delivery import emailing, flow, reads
from bijoli.delivery.channels import email
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.delivery.tell import tell
from bijoli.delivery.words.email import letter
from tests.apps.delivery.sms_steps import alert
from tests.households import NIGHT, NOON, meter, person, phone
from tests.processes import wait_until
from tests.pushpeer import Reply as PushReply

pytestmark = pytest.mark.django_db
EVENING = NOON + timedelta(hours=11, minutes=30)  # 23:30 in Dhaka
ADDRESS = "rahima@home.example"


def reader(language="en", address=ADDRESS, **fields):
    made = person(language=language)
    Customer.objects.filter(pk=made.pk).update(email=address, **({"by_email": True} | fields))
    return made


def states():
    rows = Delivery.objects.filter(channel="email").order_by("pk").select_related("notification")
    return [(one.notification.code, one.status, one.reason) for one in rows]


def test_where_all_subscriptions_are_gone_the_mail_leaves_at_once(deliverer, peer, owner, mailer, post):  # (13)
    Customer.objects.filter(pk=owner.pk).update(email=ADDRESS, by_email=True)
    peer.by_path = {"first": PushReply(410)}
    tell([alert(meter(owner), "Z2", facts={"balance_paisa": -3500})], NOON)
    assert mailer.until_idle() == 0  # a push may still be shown
    deliverer.until_idle()
    assert not Device.objects.filter(gone_at=None).exists()
    assert mailer.until_idle() == 1
    assert [one.to for one in post.letters] == [[ADDRESS]]
    sent = Delivery.objects.get(channel="email")
    assert (sent.status, sent.sent_at, sent.segments, sent.route) == ("sent", NOON, None, "email")
    assert mailer.until_idle() == 0


def test_in_the_night_nothing_but_what_is_critical_comes_by_mail(clock, mailer, post):  # (12)
    one = reader("bn")
    phone(one)
    home = meter(one)
    clock.now = EVENING
    tell([alert(home, "L1")], clock.now)
    clock.now = NIGHT
    tell([alert(home, "L2")], clock.now)
    for _ in range(20):  # 02:00 to 06:45
        assert mailer.until_idle() == 0
        clock.turn(minutes=15)
    clock.now = NIGHT + timedelta(hours=5)  # 07:00
    assert mailer.until_idle() == 1
    clock.turn(hours=12)
    assert mailer.until_idle() == 0
    assert states() == [("L2", "sent", ""), ("L1", "superseded", "told since")]


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_mail_is_read_as_it_was_written_in_the_persons_language(mailer, post, language):
    one = reader(language)
    home = meter(one)
    tell([alert(home, "Z2", facts={"balance_paisa": -3500})], NOON)
    assert mailer.until_idle() == 1
    told = Notification.objects.get()
    told.meter_number = home.number
    subject, body = letter(told, language)
    found = post.letters[0]
    assert (found.subject, found.text.replace("\r\n", "\n").strip()) == (subject, body.strip())
    assert any("\u0980" <= sign <= "\u09ff" for sign in subject + body) == (language == "bn")
    assert (found.message.get_content_type(), str(found.message["To"]), found.message["Cc"]) == ("text/plain", ADDRESS, None)
    assert found.message["From"].addresses[0].addr_spec == "alerts@utility.example"


@pytest.mark.parametrize("code", [code for code, rule in STAGES.items() if rule.sms_s])
@pytest.mark.parametrize("language", ["bn", "en"])
def test_no_mail_says_more_than_the_meters_last_digits(code, language):
    home = meter(person())
    tell([alert(home, code, facts={"balance_paisa": 99_99, "load_w": 5000, "sanctioned_w": 4000, "limit": 100_00})], NOON)
    told = Notification.objects.get()
    told.meter_number = home.number
    words = "".join(letter(told, language))
    assert home.number not in words
    assert home.number[-4:] in words
    assert "http" not in words


def test_only_who_has_an_address_and_wishes_it_gets_mail(mailer, post):
    for one in (reader(by_email=False), reader(address=""), reader()):
        tell([alert(meter(one), "Z2")], NOON)
    assert mailer.until_idle() == 1
    assert len(states()) == 1


def test_who_took_the_address_back_gets_none_of_what_waits(mailer, post, clock):
    post.replies.append("451 later")
    one = reader()
    tell([alert(meter(one), "Z2")], NOON)
    assert mailer.until_idle() == 0
    Customer.objects.filter(pk=one.pk).update(email="", by_email=False)
    clock.turn(minutes=1)
    assert mailer.until_idle() == 0
    assert states() == [("Z2", "suppressed", "opted out")]
    assert post.letters == []


@pytest.mark.parametrize("reply", ["451 greylisted", "550 no such mailbox", "hang", "cut", "take and cut"])
def test_a_server_that_did_not_say_yes_is_asked_again(mailer, clock, post, reply):
    post.replies.append(reply)
    tell([alert(meter(reader()), "Z2")], NOON)
    assert mailer.until_idle() == 0
    assert [state[1] for state in states()] == ["queued"]
    clock.turn(seconds=30)
    assert mailer.until_idle() == 1
    assert len(post.letters) == (2 if reply.startswith("take") else 1)


def test_a_server_that_never_says_yes_is_left_after_five_tries(mailer, clock, post):
    post.always = "550 no such mailbox"
    tell([alert(meter(reader()), "Z2")], NOON)
    for _ in range(12):
        mailer.until_idle()
        clock.turn(minutes=10)
    assert states() == [("Z2", "failed", "Apprise said no")]
    assert post.asked == 5


def test_a_server_that_is_away_loses_nothing_while_it_is_worth_it(clock, mailer, post):
    tell([alert(meter(reader()), "Z2")], NOON)
    post.shut()
    assert mailer.until_idle() == 0
    post.listen()
    clock.turn(seconds=30)
    assert mailer.until_idle() == 1


def test_mails_have_limits_of_their_own(settings, texter, mailer, first, post):
    settings.EMAIL_PERSON_DAY, settings.EMAIL_DAY, settings.SMS_PERSON_DAY = 1, 2, 2
    one, other, third = reader(), reader(), reader()
    tell(
        [alert(meter(one), "L1") for _ in range(2)] + [alert(meter(other), "L1"), alert(meter(third), "L1"), alert(meter(one), "Z2")], NOON
    )
    assert (mailer.until_idle(), texter.until_idle()) == (2, 4)
    assert sorted(states()) == [
        ("L1", "sent", ""),
        ("L1", "suppressed", "limit of the day"),
        ("L1", "suppressed", "limit of the person"),
        ("L1", "suppressed", "limit of the person"),
        ("Z2", "sent", ""),
    ]


def test_who_wants_fewer_sms_still_gets_the_mails(texter, mailer, post, first):
    tell([alert(meter(reader(fewer_sms=True)), "L2")], NOON)
    texter.until_idle()
    assert mailer.until_idle() == 1
    assert first.phones == []


def test_without_a_mail_server_and_gateways_nothing_is_noted(settings):
    settings.SMS_GATEWAYS = settings.EMAIL_FILE = ""
    tell([alert(meter(reader()), "Z2")], NOON)
    assert Notification.objects.get().sms_at is None
    assert emailing.beside(Event()) is None


def test_nothing_personal_and_no_secret_is_logged(settings, tmp_path, mailer, post, clock, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("apprise", "urllib3"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
    post.replies.extend(["451 later", "cut"])
    one = reader()
    tell([alert(meter(one), "Z2"), alert(meter(one), "L1")], NOON)
    mailer.until_idle()
    clock.turn(minutes=3)
    assert mailer.until_idle() == 2
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")  # the peer's own
    for secret in (ADDRESS, "rahima", post.url, "alerts@"):
        assert secret not in ours


@pytest.mark.django_db(transaction=True)
def test_the_thread_beside_the_pushes_mails_and_ends_and_each_page_says_it(settings, tmp_path, post):
    settings.EMAIL_FILE = post.file(tmp_path)
    tell([alert(meter(reader()), "Z2")], timezone.now())
    stop = Event()
    thread = emailing.beside(stop)
    assert thread
    wait_until("the mail", lambda: post.letters)
    wait_until("its outcome", lambda: Delivery.objects.filter(channel="email", status="sent").exists())
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    found = Notification.objects.get()
    shown = reads.one(found.customer_id, found.public_id)
    assert [one.channel for one in shown.deliveries] == ["webpush", "email"]
    assert [(one.channel, one.sent, one.segments) for one in flow.beside(timezone.now())] == [("email", 1, None)]


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/",
        "mailto://mail.example.com?from=a@b.example",  # in the clear
        "mailtos://mail.example.com?from=a@b.example&verify=no",
        "mailtos://mail.example.com?from=a@b.example&to=other@b.example",
        "mailtos://mail.example.com?from=a@b.example&cc=other@b.example",
        "mailtos://",
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_without_its_secrets(settings, tmp_path, url):
    path = tmp_path / "mail.toml"
    path.write_text(f'[email]\napprise = "{url}"\n')
    settings.EMAIL_FILE = str(path)
    with pytest.raises(ImproperlyConfigured) as said:
        email.server()
    assert url not in str(said.value)
    assert "example.com" not in str(said.value)
