"""`manage.py report`: the figures as the pages tell them, the query as evidence, and every report as a file."""

from __future__ import annotations

import csv
import html
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pypdfium2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from bijoli.reports import gather, typed
from bijoli.reports.period import Asked, fiscal_year
from tests.apps.reports.test_benefit import FIRST, GOOD, NOW, TODAY, Home, build
from tests.apps.staff.conftest import EAST, WEST, Makes
from tests.apps.staff.test_reports import SHEET, URL, helped

pytestmark = pytest.mark.django_db
A4 = (595, 842)  # points


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("report", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_tells_the_same_figures() -> None:
    build([Home("Uttara", credits=(52,))], [GOOD])
    told = said("--from", FIRST, "--until", TODAY).splitlines()
    assert told[0] == "part,of,measure,value"
    assert {"persons,,registered,1", "persons by division,Uttara,registered,1"} <= set(told)
    assert len(told) == 1 + len(list(gather.lines(gather.report(Asked(FIRST, TODAY, NOW)))))


@pytest.mark.parametrize(
    ("arguments", "why"), [(("--from", TODAY, "--until", FIRST), "--from"), (("--division", "Atlantis"), "Atlantis.*Uttara East")]
)
def test_what_cannot_be_asked(arguments: tuple[object, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        said(*arguments)


@pytest.mark.parametrize("divisions", [(), (EAST,)])
def test_the_query_on_the_service_sheet_gives_the_figure_beside_it(member: Makes, divisions: tuple[str, ...]) -> None:
    helped(EAST)
    helped(WEST)
    one = member("reporter", *divisions)
    typed.keep_sheet(one.person.pk, timezone.now(), SHEET)
    page = one.client.get(f"{URL}service/").content.decode()
    shown = dict(re.findall(r"<dt>(\w+)</dt><dd><b>(\d+)</b>", page))
    query = html.unescape(re.findall(r'<pre class="sql"[^>]*>(.*?)</pre>', page, re.DOTALL)[0])
    with connection.cursor() as cursor:
        cursor.execute(query.split(";")[0])
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    [whole] = [row for row in rows if row["division"] is row["day"] is row["kind"] is None]
    assert (shown["Beneficiaries"], shown["Shown"]) == (str(whole["acted"]), str(whole["shown"]))
    assert whole["acted"] == (1 if divisions else 2)


def test_every_report_is_a_file(member: Makes, tmp_path: Path) -> None:
    helped(EAST)
    year = fiscal_year(timezone.localdate())
    typed.keep_sheet(member("reporter").person.pk, timezone.now(), SHEET)
    kept = {Path(line) for line in said("--folder", tmp_path / "new").splitlines()}
    names = {"benefit", "service", f"performance-{year}"}
    assert {path.name for path in kept} == {f"{name}{end}" for name in names for end in ("-bn.pdf", "-en.pdf", ".csv")} | {"service.sql"}
    assert kept == set((tmp_path / "new").iterdir())
    for path in kept:
        if path.suffix == ".pdf":
            looks_like_paper(path)
    assert "তথ্য নেই" in text(tmp_path / "new" / "service-bn.pdf")
    assert "no data" in text(tmp_path / "new" / "service-en.pdf")
    rows = [tuple(row) for row in csv.reader((tmp_path / "new" / "benefit.csv").read_text("utf-8-sig").splitlines())]
    assert ("persons", "", "acted", "1") in rows


def looks_like_paper(path: Path) -> None:
    """A4, and each font in the file itself."""
    with pypdfium2.PdfDocument(path) as paper:
        for page in paper:
            assert tuple(map(round, page.get_size())) == A4
            letters = [one for one in page.get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
            assert letters
            fonts = {pypdfium2.raw.FPDFFont_GetIsEmbedded(pypdfium2.raw.FPDFTextObj_GetFont(one)) for one in letters}
            assert fonts == {1}


def text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as paper:
        return "\n".join(page.get_textpage().get_text_range() for page in paper)


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="file"):
        said("--folder", tmp_path / "file")


def test_the_days_end_with_what_is_asked(tmp_path: Path) -> None:
    """A report of last year writes last year's indicators."""
    last = timezone.localdate() - timedelta(days=400)
    assert f"performance-{fiscal_year(last)}.csv" in said("--until", last, "--folder", tmp_path)


def test_without_days_it_counts_from_the_launch_or_thirty_days(member: Makes) -> None:
    today, by = timezone.localdate(), member("reporter").person.pk
    for launched, days in ((None, 30), (today - timedelta(days=2), 3), (today + timedelta(days=9), 30)):
        typed.keep_sheet(by, timezone.now(), SHEET | {"launched_on": launched})
        assert sum(line.startswith("persons by day,") and ",registered," in line for line in said().splitlines()) == days
