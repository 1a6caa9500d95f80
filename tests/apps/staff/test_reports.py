"""The reports on the staff's pages: who reaches what, whose figures, what is typed and kept, and the files."""

from __future__ import annotations

import csv
from io import StringIO

import pypdfium2
import pytest
from django.utils import timezone

from bijoli.customers.models import Account, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering.models import Credit
from bijoli.reports import kept, typed
from bijoli.reports.models import Indicator, Saving, Sheet
from bijoli.staff.models import Looked
from bijoli.staff.roles import ROLES
from tests import households
from tests.apps.staff.conftest import EAST, WEST, Makes, home

pytestmark = pytest.mark.django_db
URL = "/staff/reports/sheet/"
PAGES = [URL, f"{URL}service/", f"{URL}year/2026/", f"{URL}benefit.pdf", f"{URL}benefit.csv", f"{URL}service.pdf", f"{URL}service.csv"]
PAGES += [f"{URL}performance.pdf?year=2026", f"{URL}performance.csv"]
FORMS = [f"{URL}service/edit/", f"{URL}saving/time/", f"{URL}year/2026/new/"]
SHEET = {"name_bn": "ব্যালেন্স সতর্কবার্তা", "name_en": "Balance alerts", "pilot_from": "2026-03-01", "launched_on": "2026-06-01"}


def helped(division: str) -> Customer:
    """A resident who was shown an alert an hour ago, and recharged since."""
    person, account, meter = home(division)
    now = timezone.now()
    Customer.objects.filter(pk=person.pk).update(phone_verified_at=now - timezone.timedelta(days=2))
    before = now - timezone.timedelta(hours=1)
    telling = households.telling(meter)
    told = Notification.objects.create(
        customer=person, account=account, meter=meter, stage_id=telling.stage_id, kind="low", code="L1", at=before, made_at=before
    )
    Delivery.objects.create(notification=told, topic="t", expires_at=now, sent_at=before, displayed_at=before)
    Credit.objects.create(meter=meter, at=now - timezone.timedelta(minutes=5), credited_paisa=100_00)
    return person


def table(answer) -> dict[tuple[str, str, str], str]:
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    return {tuple(row[:3]): row[3] for row in rows[1:]}


def text(answer) -> str:
    with pypdfium2.PdfDocument(answer.content) as paper:
        return "\n".join(page.get_textpage().get_text_range() for page in paper)


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("url", [*PAGES, *FORMS])
def test_the_reporter_reaches_every_page_in_both_languages(member: Makes, url: str, language: str) -> None:
    one = member("reporter")
    Customer.objects.filter(pk=one.person.pk).update(language=language)
    helped(EAST)
    typed.keep_sheet(one.person.pk, timezone.now(), SHEET)
    answer = one.client.get(url)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_reads_and_writes_what_its_table_says(member: Makes, role: str) -> None:
    one, may = member(role), ROLES[role].may
    for url in PAGES:
        assert one.client.get(url).status_code == (200 if "reports.view_sheet" in may else 403), url
    for url in FORMS:
        assert one.client.get(url).status_code == (200 if "reports.edit_sheet" in may else 403), url
        assert one.client.post(url, {}).status_code == (200 if "reports.edit_sheet" in may else 403), url


def test_a_division_sees_its_own_figures_and_writes_nothing(member: Makes) -> None:
    helped(EAST)
    helped(WEST)
    one = member("reporter", EAST)
    figures = table(one.client.get(f"{URL}benefit.csv"))
    assert figures["persons", "", "acted"] == "1"
    assert ("persons by division", WEST, "acted") not in figures
    today = timezone.localdate().isoformat()
    asked = one.client.get(f"{URL}benefit.csv", {"first": today, "last": today, "division": WEST})
    assert not any(WEST in key for key in table(asked))
    page = one.client.get(URL, {"first": today, "last": today, "division": WEST})  # said to be no choice, and the own figures shown
    assert page.context["where"] == EAST
    assert page.context["figures"][0] == ("Registered", "1")
    assert [one.client.get(url).status_code for url in FORMS] == [403] * 3
    assert table(member("reporter").client.get(f"{URL}benefit.csv"))["persons", "", "acted"] == "2"


def test_page_file_and_paper_tell_the_same(member: Makes) -> None:
    helped(EAST)
    one = member("auditor")
    page = one.client.get(URL)
    assert page.context["figures"][-1] == ("Beneficiaries", "1")
    assert table(one.client.get(f"{URL}benefit.csv"))["persons", "", "acted"] == "1"
    paper = text(one.client.get(f"{URL}benefit.pdf"))
    assert "Beneficiaries" in paper
    assert "within 24 hours" in paper  # the definition stands with the figure


def test_what_is_typed_is_kept_with_who_and_when(member: Makes) -> None:
    one = member("reporter")
    assert one.client.post(f"{URL}service/edit/", SHEET).status_code == 302
    assert one.client.post(f"{URL}service/edit/", SHEET | {"name_en": "Alerts"}).status_code == 302
    page = one.client.get(f"{URL}service/").content.decode()
    assert "<h1>Alerts</h1>" in page
    assert "Balance alerts" in page  # in the history
    assert [row.by for row in Sheet.objects.all()] == [one.person] * 2
    assert Looked.objects.filter(staff=one.person, page="reports.sheet/edit", thing="sheet").count() == 2


def test_a_figure_needs_its_source_and_what_is_not_typed_is_no_data(member: Makes) -> None:
    one = member("reporter")
    url = f"{URL}saving/cost/"
    for wrong in ({"before": "200"}, {"after": "0"}, {"after": "3", "measure": "off", "how": "x"}, {"before": "-1"}, {"before": "9" * 14}):
        answer = one.client.post(url, wrong)
        assert answer.status_code == 200
        assert 'role="alert"' in answer.content.decode()
    assert one.client.post(url, {"before": "২০০", "source": "survey", "after": "0", "how": "counted", "sample": "50"}).status_code == 302
    row = Saving.objects.get()
    assert (row.before, row.after, row.by) == (200, 0, one.person)
    page = one.client.get(f"{URL}service/").content.decode().replace("\u00a0", " ")
    assert "৳ 200.00" in page
    assert "100.0%" in page
    assert "no data" in page
    assert one.client.get(f"{URL}saving/money/").status_code == 404


def test_the_service_sheet_on_paper_carries_its_query(member: Makes) -> None:
    helped(EAST)
    one = member("reporter")
    Customer.objects.filter(pk=one.person.pk).update(language="bn")
    typed.keep_sheet(one.person.pk, timezone.now(), SHEET)
    typed.keep_saving(one.person.pk, timezone.now(), "time", {"before": 1440, "source": "জরিপ", "after": 2, "how": "ঘড়ি"})
    paper = text(one.client.get(f"{URL}service.pdf"))
    assert "GROUPING SETS" in paper
    assert "manage.py report --from 2026-06-01" in paper
    assert "১ দিন" in paper
    assert "২ মিনিট" in paper


def test_indicators_are_written_changed_and_left_out(member: Makes) -> None:
    one = member("administrator")
    given = {"name_bn": "সূচক", "name_en": "Alerts in time", "target": "95", "position": "1"}
    assert one.client.post(f"{URL}year/2026/new/", given | {"value": "96"}).status_code == 200  # no source
    assert one.client.post(f"{URL}year/2026/new/", given | {"value": "96", "source": "log"}).status_code == 302
    row = Indicator.objects.get()
    page = one.client.get(f"{URL}year/2026/").content.decode()
    assert "Alerts in time" in page
    assert "101.0%" in page
    url = f"{URL}indicator/{row.indicator}/"
    assert url in page
    assert "Alerts in time" not in one.client.get(f"{URL}year/2025/").content.decode()
    assert one.client.post(url, given | {"dropped": "on"}).status_code == 302
    assert "Alerts in time" not in one.client.get(f"{URL}year/2026/").content.decode()
    assert one.client.get(f"{URL}indicator/{'0' * 8}-0000-0000-0000-{'0' * 12}/").status_code == 404


@pytest.mark.parametrize(
    "url", [f"{URL}year/1/", f"{URL}year/1/new/", f"{URL}other.pdf", f"{URL}benefit.xls", f"{URL}performance.pdf?year=0001"]
)
def test_what_is_not_there(member: Makes, url: str) -> None:
    assert member("reporter").client.get(url).status_code == 404


def test_wrong_days_are_said_and_the_last_thirty_shown(member: Makes) -> None:
    one = member("reporter")
    for first, last in (("2026-11-02", "2026-11-01"), ("2020-01-01", "2026-11-01"), ("x", "")):
        answer = one.client.get(URL, {"first": first, "last": last})
        assert answer.status_code == 200
        assert 'class="error"' in answer.content.decode()


def test_nobody_is_named(member: Makes) -> None:
    person = helped(EAST)
    number = Account.objects.get(access__customer=person).number
    one = member("reporter")
    for url in (*PAGES[:2], f"{URL}benefit.csv"):
        page = one.client.get(url).content.decode()
        assert person.name not in page
        assert number not in page


@pytest.mark.parametrize("url", [URL, f"{URL}service/", f"{URL}benefit.csv", f"{URL}benefit.pdf", f"{URL}year/2026/"])
def test_a_page_says_that_it_is_being_counted_and_then_shows_it(member: Makes, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(kept, "AT_ONCE", -1)
    one, now = member("reporter"), timezone.now()
    helped(EAST)
    typed.keep_sheet(one.person.pk, now, SHEET | {"launched_on": timezone.localdate(now), "pilot_from": None})
    typed.keep_indicator(one.person.pk, now, None, {"year": 2026, "name_bn": "ক", "name_en": "A", "measure": "acted"})
    waiting = one.client.get(url)
    assert (waiting.status_code, waiting["Refresh"]) == (200, "5")
    assert "being counted" in waiting.content.decode()
    kept.count()
    shown = one.client.get(url)
    assert "Refresh" not in shown
    if url == URL:
        assert "newer figures come by themselves" in shown.content.decode()
