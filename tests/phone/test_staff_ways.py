"""The staff's ways from their beginning to their end: work that explains a signal, what two must do, a late complaint, the reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import PICTURES, accessible, phone, picture
from tests.phone.house import DHAKA, House
from tests.phone.test_console import enter
from tests.phone.test_staff import DESK
from tests.phone.walks import walk

pytestmark = pytest.mark.phone
LOOKS = {"bn": ("light", 71), "en": ("dark", 72)}
MOST_ALONE = 1000  # people whom one of the staff may tell something
ADD = """
from bijoli.customers.models import Customer
from bijoli.staff import people
from django.utils import timezone
for place, name in enumerate(("সালমা বেগম", "আনিসুর রহমান")):
    number = f"01735000{number}{{place}}"
    print(people.add(number, ["administrator"], [], timezone.now(), name))
    Customer.objects.filter(phone="+88" + number).update(language="{language}")
"""
MANY = """
from bijoli.customers.models import Access, Account, Customer
from bijoli.metering.models import UsagePoint
from django.utils import timezone
now, first = timezone.now(), {number} * 100000
people = Customer.objects.bulk_create([Customer(phone=f"+88016{{first + n:08}}") for n in range({count})])
places = Account.objects.bulk_create([Account(number=f"9{{first + n}}") for n in range({count})])
Access.objects.bulk_create([Access(customer=one, account=two, since=now) for one, two in zip(people, places)])
UsagePoint.objects.bulk_create([UsagePoint(account=one, division="Badda", feeder="F-9{number}", sanctioned_load_w=5000) for one in places])
"""
LATE = """SELECT c.public_id, p.name FROM complaints_complaint c JOIN customers_account a ON a.id = c.account_id
          LEFT JOIN customers_customer p ON p.id = c.assigned_to_id WHERE a.number = %s AND c.level > 0"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Two colleagues of the head office who are inside, with browsers as wide as a desk."""

    language: str
    number: int
    first: BrowserContext
    second: BrowserContext
    house: House

    def codes(self, number: str) -> list[str]:
        return re.findall(rf"sign-in code for …{number[-4:]}: (\d{{6}})", self.house.web.output())


@pytest.fixture(scope="module", params=list(LOOKS))
def desk(request: pytest.FixtureRequest, house: House, browser: Browser) -> Iterator[Desk]:
    language = request.param
    look, number = LOOKS[language]
    invitations = house.command("shell", "-v0", "-c", ADD.format(number=number, language=language)).split()
    house.forget_limits()
    with ExitStack() as stack:
        contexts = [phone(browser, house.url, color_scheme=look, viewport=DESK, device_scale_factor=1) for _ in invitations]
        for each in contexts:
            stack.callback(each.close)
        it = Desk(language, number, contexts[0], contexts[1], house)
        for place, (context, invitation) in enumerate(zip(contexts, invitations, strict=True)):
            page = context.new_page()
            enter(it, page, f"01735000{number}{place}", invitation)
            page.close()
        yield it


def looked_at(page: Page) -> None:
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def pictured(page: Page, name: str) -> None:
    """At a desk and on a phone."""
    looked_at(page)
    page.screenshot(path=PICTURES / f"staff-{name}-desk.png", animations="disabled")
    picture(page, f"staff-{name}")
    looked_at(page)
    page.set_viewport_size(DESK)


def when(hours: float) -> str:
    """A time from now as a form takes it."""
    return f"{datetime.now(DHAKA) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


def test_our_own_work_explains_a_signal_of_the_meter(house: House, desk: Desk) -> None:
    somebody = house.person()
    home, other = somebody.homes[:2]
    with walk(desk.first) as page:
        page.goto("/staff/alerts/workorder/")
        page.locator("a[href$='/approve/']").click()
        page.locator("[name=place]").fill(home.meter)
        page.locator("[name=division]").select_option("Uttara West")
        page.locator("[name=begins_at]").fill(when(-1))
        page.locator("[name=ends_at]").fill(when(2))
        page.locator("[name=what]").fill("K26-77: নতুন সিল")
        page.locator("main form.stack button").click()
        expect(page.locator("dl.facts", has_text="K26-77")).to_be_visible()
        looked_at(page)
        for each in (home, other):
            house.event(each, "251")
        house.wait_for(somebody, "T1", "made_at")  # of the meter without our work
        assert [one["number"] for one in told_of_tamper(house, somebody.phone)] == [other.meter]
        page.goto("/staff/find/")
        page.locator("[name=number]").fill(home.meter)
        page.keyboard.press("Enter")
        page.wait_for_url("**/staff/metering/meter/**")
        page.goto(f"{page.url}why/")
        expect(page.locator("ol.line li, section[aria-labelledby=silence] li").first).to_be_visible()
        looked_at(page)
        page.goto("/staff/staff/looked/")
        expect(page.locator("tbody tr", has_text="সালমা বেগম").first).to_be_visible()


def test_a_signal_is_looked_into_and_the_finding_told(house: House, desk: Desk) -> None:
    somebody, found = house.person(), f"ঢাকনা লাগানো হয়েছে ({desk.number})"
    house.event(somebody.homes[2], "251")
    house.wait_for(somebody, "T1", "made_at")
    with walk(desk.first) as page:
        page.goto("/staff/")
        page.locator("a[href='/staff/alerts/episode/']").first.click()
        expect(page.locator("tbody tr").first).to_be_visible()
        pictured(page, f"signals-{desk.language}")
        page.locator("tbody a").first.click()
        expect(page.locator("dl.facts", has_text=somebody.homes[2].meter)).to_be_visible()
        pictured(page, f"signal-{desk.language}")
        page.locator("form[action$='/finding/'] textarea").fill(found)
        page.locator("form[action$='/finding/'] button").click()
        expect(page.locator("main", has_text=found)).to_be_visible()
        expect(page.locator("form[action$='/finding/']")).to_have_count(0)
        looked_at(page)
    [row] = house.rows(
        """SELECT e.closed_at IS NOT NULL AS closed FROM alerts_episode e JOIN metering_meter m ON m.id = e.meter_id
           WHERE m.number = %s AND e.kind = 'tamper'""",
        somebody.homes[2].meter,
    )
    assert row == {"closed": True}


def told_of_tamper(house: House, number: str) -> list[dict[str, object]]:
    return house.rows(
        """SELECT m.number FROM delivery_notification n JOIN metering_meter m ON m.id = n.meter_id
           JOIN customers_customer c ON c.id = n.customer_id WHERE c.phone = %s AND n.code = 'T1'""",
        f"+88{number}",
    )


def test_a_notice_to_many_takes_two(house: House, desk: Desk) -> None:
    count, feeder = MOST_ALONE + 1, f"F-9{desk.number}"
    house.command("shell", "-v0", "-c", MANY.format(number=desk.number, count=count))
    with walk(desk.first) as page, walk(desk.second) as colleague:
        page.goto("/staff/notices/notice/propose/")
        page.locator("[name=feeders]").fill(feeder)
        for name, hours in (("starts_at", 48), ("ends_at", 52), ("send_at", 24)):
            page.locator(f"[name={name}]").fill(when(hours))
        words = {"title_bn": "লাইনের কাজ", "body_bn": "উপকেন্দ্রে কাজ হবে।", "title_en": "Work on the line", "body_en": "At the substation."}
        for name, text in words.items():
            page.locator(f"[name={name}]").fill(text)
        page.locator("button[name=look]").click()
        reach = {"bn": "১,০০১", "en": "1,001"}[desk.language]
        expect(page.get_by_role("status").first).to_contain_text(re.compile(reach.replace(",", ",?")))
        looked_at(page)
        page.locator("button[name=propose]").click()
        expect(page.locator("dl.facts").first).to_be_visible()
        expect(page.locator("section.deed", has=page.locator("form[action$='/cancel/']"))).to_be_visible()
        assert page.locator("form[action$='/approve/']").count() == 0  # not one's own
        colleague.goto(page.url)
        colleague.locator("form[action$='/approve/'] button").click()
        expect(colleague.locator("dl.facts", has_text="আনিসুর রহমান")).to_be_visible()
        looked_at(colleague)
    [kept] = house.rows("SELECT counted, approved_by_id <> proposed_by_id AS two FROM notices_notice WHERE feeders = %s", [feeder])
    assert kept == {"counted": count, "two": True}


def test_a_tariff_takes_two(house: House, desk: Desk) -> None:
    since = datetime.now(DHAKA).date() + timedelta(days=400 + desk.number)  # far off: nobody here pays by it
    with walk(desk.first) as page, walk(desk.second) as colleague:
        page.goto("/staff/tariffs/tarifforder/class/LT-E/propose/")
        page.locator("[name=since]").fill(since.isoformat())
        page.locator("[name=source]").fill(f"BERC 2027/{desk.number}")
        page.locator("[name=demand]").fill({"bn": "৯৫.৫", "en": "95.50"}[desk.language])
        page.locator("main form.tariff > button").click()
        expect(page.get_by_text(f"BERC 2027/{desk.number}").first).to_be_visible()
        assert page.locator("form[action$='/approve/']").count() == 0
        colleague.goto(page.url)
        colleague.locator("form[action$='/approve/'] button").click()
        expect(colleague.locator("dl.facts", has_text="আনিসুর রহমান")).to_be_visible()
        looked_at(colleague)
    sql = "SELECT approved_by_id <> proposed_by_id AS two FROM tariffs_tarifforder WHERE \"table\"->>'source' = %s"
    assert house.rows(sql, f"BERC 2027/{desk.number}") == [{"two": True}]


def test_a_late_complaint_is_given_to_a_colleague(house: House, desk: Desk) -> None:
    house.command("shell", "-v0", "-c", f"from tests.phone.complained import complained; complained({desk.number}, '{desk.language}')")
    with walk(desk.first) as page:
        page.goto("/staff/complaints/complaint/?state=late")
        expect(page.locator("tbody tr .chip").first).to_be_visible()
        looked_at(page)
        [late] = house.rows(LATE, f"330000{desk.number}")
        page.locator(f"tbody a[href*='{late['public_id']}']").click()
        page.locator("details:has(form[action$='/assign/']) summary").click()
        page.locator("form[action$='/assign/'] select").select_option(label="আনিসুর রহমান")
        page.locator("form[action$='/assign/'] button").click()
        expect(page.locator("dl.facts", has_text="আনিসুর রহমান").first).to_be_visible()
        looked_at(page)
        assert house.rows(LATE, f"330000{desk.number}") == [late | {"name": "আনিসুর রহমান"}]


def test_the_reports_are_written_read_and_taken_along(house: House, desk: Desk) -> None:
    name = {"bn": "ব্যালেন্স সতর্কবার্তা", "en": "Balance alerts"}
    with walk(desk.first) as page:
        page.goto("/staff/reports/sheet/service/edit/")
        today = datetime.now(DHAKA).date()
        given = {f"name_{language}": words for language, words in name.items()}
        given |= {"pilot_from": f"{today - timedelta(days=60)}", "pilot_until": f"{today - timedelta(days=9)}"}
        for field, text in (given | {"launched_on": f"{today - timedelta(days=9)}"}).items():
            page.locator(f"[name={field}]").fill(text)
        page.locator("main form.card button").click()
        page.wait_for_url("**/reports/sheet/service/")
        expect(page.locator("h1")).to_have_text(name[desk.language])
        page.locator("a[href$='/saving/time/']").click()
        for field, text in {"before": "1440", "source": "জরিপ ২০২৫", "after": "2", "how": "ঘড়ি", "sample": "৫০"}.items():
            page.locator(f"[name={field}]").fill(text)
        page.locator("main form.card button").click()
        page.wait_for_url("**/reports/sheet/service/")
        expect(page.locator("tbody tr", has_text={"bn": "২ মিনিট", "en": "2 minutes"}[desk.language]).first).to_contain_text(
            {"bn": "১ দিন", "en": "1 day"}[desk.language]
        )
        looked_at(page)
        unknown = {"bn": "তথ্য নেই", "en": "no data"}[desk.language]
        assert unknown in printed(taken(page, "a[href$='service.pdf']"))
        page.goto("/staff/reports/sheet/")
        expect(page.locator("dl.facts.big")).to_be_visible()
        looked_at(page)
        assert taken(page, "a[href*='benefit.pdf']").read_bytes().startswith(b"%PDF-")
        assert b"persons,,registered," in taken(page, "a[href*='benefit.csv']").read_bytes()


def taken(page: Page, link: str) -> Path:
    with page.expect_download() as waiting:
        page.locator(link).first.click()
    return Path(waiting.value.path())


def printed(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as paper:
        return "\n".join(page.get_textpage().get_text_range() for page in paper)
