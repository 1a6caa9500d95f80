"""A home with one of everything that has an address, and the marks by which any of it is known when it is shown to somebody else."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute, Episode, Storm, WorkOrder
from bijoli.complaints.models import Entry as Line
from bijoli.complaints.photos import Picture
from bijoli.complaints.submitting import Draft, submit
from bijoli.core.explain import Point
from bijoli.core.tariff import table_of
from bijoli.customers import sessions, sharing
from bijoli.customers.models import Access, Account, Customer, Deed, Invitation
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from bijoli.ingest.models import Gateway, Reject
from bijoli.insight import snapshot
from bijoli.insight.models import Question
from bijoli.metering.models import MeterEvent, UsagePoint
from bijoli.notices.models import Notice
from bijoli.payments.models import BillReject, BillSource, Closure, Entry, Order, Payment, Posting, Reconciliation, Refund, Vend
from bijoli.reports.models import Indicator
from bijoli.staff.models import Looked, StaffScope
from bijoli.tariffs import orders, reads
from tests import households
from tests.apps.alert_changes import state
from tests.apps.payments.billing import bill
from tests.apps.payments.outside import ordered

PAISA = 7_654_321  # what the first one has, owes and paid: 76,543.21


def sum_of(now: datetime) -> dict[str, Any]:
    """A sum as a question carries it, without any line."""
    point = asdict(Point(int(now.timestamp()), 0, 0))
    return {"version": snapshot.VERSION, "lines": [], "start": point, "end": point, "unknown": [], "energy_wh": 0, "tariffs": []}


class Place:
    """Somebody at home in a division, the `th` of the walk; `colleague` did for the utility what the staff does."""

    def __init__(self, division: str, colleague: Customer, name: str, th: int) -> None:
        self.division, self.colleague, self.now, self.th = division, colleague, timezone.now(), th
        self.words, self.photo_bytes, self.paisa = f"only {name} may read", f"photo of {name}".encode(), PAISA + th * 1_111_111
        self.token, self.invited, self.transaction = f"9081726354453627180{th}", f"+880199900011{th}", f"HERTX7{th}"
        self.customer = households.person(name=name, language="en")
        self.mail = f"{name.replace(' ', '.').lower()}@home.example"
        Customer.objects.filter(pk=self.customer.pk).update(email=self.mail, by_email=True)
        self.guest = households.person(name=f"Guest of {name}", language="en")
        self.device = households.phone(self.customer)
        self.meter = households.meter(self.customer)
        state(self.meter, balance_paisa=self.paisa, balance_at=int(self.now.timestamp()))
        self.account = Account.objects.get(access__customer=self.customer)
        self.feeder = f"Line of {self.words}"
        UsagePoint.objects.filter(account=self.account).update(division=division, feeder=self.feeder)
        Access.objects.create(customer=self.guest, account=self.account, role="viewer", since=households.LONG_AGO, given_by=self.customer)
        self._session()
        self._told()
        self._complained()
        self._paid()
        self._worked()
        self._ran()

    def _session(self) -> None:
        browser = Client()
        browser.force_login(self.customer)
        assert browser.get("/accounts/profile/").status_code == 200
        self.cookies = browser.cookies
        (session,) = sessions.listed(self.customer, None)
        self.handle = session.handle
        self.session = UserSession.objects.get(user=self.customer)
        sharing.invite(self.customer.pk, self.account.pk, self.invited, "viewer", None, self.now)
        self.invitation, self.deed = Invitation.objects.get(account=self.account), Deed.objects.latest("pk")

    def _told(self) -> None:
        tell([households.telling(self.meter, at=self.now, facts={"balance_paisa": self.paisa})], self.now)
        Episode.objects.filter(meter=self.meter).update(memory={"opened": int(self.now.timestamp())})
        self.notification = Notification.objects.get(customer=self.customer)
        disputes.say_wrong(self.customer.pk, self.account.pk, self.notification.stage_id, self.words, self.now)
        self.dispute = Dispute.objects.get(customer=self.customer)
        self.event = MeterEvent.objects.create(meter=self.meter, at=self.now, profile="is15959", code=f"98765{self.th}")
        day = date(2026, 11, 20)
        told = {"customer": self.customer, "account": self.account, "first": day, "last": day, "part": self.meter.pk}
        self.question = Question.objects.create(**told, paisa=-self.paisa, arithmetic=sum_of(self.now))

    def _complained(self) -> None:
        draft = Draft(uuid4(), "no_supply", self.words, self.account.pk, photo=Picture(self.photo_bytes, 1, 1), private=True)
        self.complaint = submit(self.customer.pk, draft, self.now)
        self.photo = self.complaint.photos.get()

    def _paid(self) -> None:
        self.bill = bill(self.account, total=self.taka, lines=f"energy:{self.taka}")
        mine = {"customer_id": self.customer.pk, "account_id": self.account.pk, "meter_id": self.meter.pk}
        self.order = ordered(self.now, **mine)
        for step in ("pending", "paid", "done"):
            Order.objects.filter(pk=self.order.pk).update(state=step, paid_at=self.now)
        told = {"gross_paisa": self.paisa, "expected_paisa": self.paisa, "sold_at": self.now, "state": "tokens", "tokens": [self.token]}
        Vend.objects.create(order=self.order, meter=self.meter, ask_at=None, **told)
        self.payment = Payment.objects.create(order=self.order, gateway="paper", transaction_id=self.transaction, paisa=self.paisa)
        self.refund = Refund.objects.create(payment=self.payment, paisa=self.paisa, why=self.words, proposed_by=self.colleague)
        self.entry = Entry.objects.create(key=f"payment:{self.payment.pk}", order=self.order)
        for account, sign in (("gateway:paper", 1), ("unapplied", -1)):
            Posting.objects.create(entry=self.entry, account=account, paisa=sign * self.paisa, party=self.account if sign < 0 else None)
        self.reconciliation = Reconciliation.objects.create(day=date(2026, 11, 19 + self.th), made_at=self.now)
        times = {"starts_at": self.now + timedelta(days=3), "ends_at": self.now + timedelta(days=4)}
        self.closure = Closure.objects.create(**times, words={"bn": "বন্ধ", "en": "closed"})

    def _worked(self) -> None:
        times = {"begins_at": self.now, "ends_at": self.now + timedelta(hours=2)}
        self.work = WorkOrder.objects.create(meter=self.meter, division=self.division, note=self.words, **times)
        signal = {"opened": int(self.now.timestamp()), "classes": ["tamper_cover"], "counter": 1}
        self.tamper = Episode.objects.create(meter=self.meter, kind="tamper", opened_at=self.now, memory=signal)
        self.storm = Storm.objects.create(feeder=self.feeder, kind="low", began_at=self.now, episodes=77)
        words = {"title": {"bn": self.words, "en": self.words}, "body": {"bn": self.words, "en": self.words}, "feeders": [self.feeder]}
        sent = {"send_at": self.now, "expires_at": self.now + timedelta(hours=9), "counted": 1, "proposed_by": self.colleague}
        self.notice = Notice.objects.create(kind="notice", touches=[self.division], **words, **sent)

    def _ran(self) -> None:
        self.gateway = Gateway.objects.create(name=f"gateway {self.th}", token_hash=str(self.th).encode())
        self.reject = Reject.objects.create(gateway=self.gateway, row=1, reason="r", body=self.words)
        told = {"source": f"billing {self.th}", "row": 1, "reason": "r", "body": self.words, "bill_number": self.words[:30]}
        self.billrow = BillReject.objects.create(**told, division=self.division, account_number=self.account.number)
        self.billsource = BillSource.objects.create(name=f"billing {self.th}", token_hash=f"billing {self.th}".encode())
        self.looked = Looked.objects.create(staff_id=self.colleague.pk, page="find/hit", customer_id=self.customer.pk, reason=self.words)
        self.scope = StaffScope.objects.get(customer=self.colleague)
        table = table_of(reads.book().at("LT-A", self.now.date())) | {"from": (self.now + timedelta(days=40)).date().isoformat()}
        self.tariff = orders.propose(table, self.colleague.pk, self.now)
        names = {"name_bn": "সূচক", "name_en": "an indicator"}
        self.indicator = Indicator.objects.create(year=2026, by=self.colleague, **names)

    @property
    def taka(self) -> str:
        return f"{self.paisa // 100}.{self.paisa % 100:02}"

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands on no page but those about her."""
        numbers = (self.account.number, self.meter.number, self.bill.number, self.order.number, self.complaint.number)
        person = (self.customer.name, self.customer.phone[-10:], self.guest.name, self.guest.phone[-10:], self.invited[-10:], self.mail)
        return (*person, *numbers, *self.own_marks, self.words, f"{self.paisa // 100:,}.{self.paisa % 100:02}", self.event.code)

    @property
    def own_marks(self) -> tuple[str, ...]:
        """What stays hers where others share the account with a small role."""
        spaced = " ".join(self.token[at : at + 4] for at in range(0, 20, 4))
        return (
            self.token,
            spaced,
            self.photo_bytes.decode(),
            self.complaint.number,
            self.order.number,
            self.invited[-10:],
            self.transaction,
        )

    @property
    def ids(self) -> list[str]:
        """What stands in addresses of hers and is found nowhere else."""
        things = (self.customer, self.account, self.order, self.notification, self.complaint, self.bill, self.refund, self.dispute)
        return [str(one.public_id) for one in things]

    def kept(self) -> list[Any]:
        """All of hers that somebody could change; and that nothing was added to it."""
        hers: list[Any] = [self.customer, self.device, self.account, self.bill, self.order, self.complaint, self.invitation]
        hers += [self.refund, self.work, self.storm, self.notice, self.closure, self.dispute, self.question, self.notification]
        hers += [self.payment, self.reconciliation, self.tamper]
        rows: list[Any] = [type(one)._base_manager.filter(pk=one.pk).values().get() for one in hers]
        rows += [list(model.objects.order_by("pk").values()) for model in (Vend, Line, Invitation, Notice, WorkOrder, Closure, Refund)]
        rows += [list(self.account.access.order_by("pk").values()), list(UserSession.objects.filter(user=self.customer).values("pk"))]
        return [*rows, self.account.orders.count(), self.account.complaints.count()]

    def part(self, name: str) -> str:
        """What stands in an address for `name`: a public id, a named field, or the quoted word itself."""
        if name.startswith("'"):
            return name.strip("'")
        thing, _dot, field = name.partition(".")
        return str(getattr(getattr(self, thing), field or "public_id"))
