"""All reports as files in a folder: PDF in each language, CSV, and the query behind the number of beneficiaries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from bijoli.reports import gather, typed
from bijoli.reports.evidence import evidence
from bijoli.reports.gather import Report
from bijoli.reports.models import Sheet
from bijoli.reports.period import Asked, fiscal_year
from bijoli.reports.typed import Counts
from bijoli.staff.reporting import files, papers
from bijoli.web import csvout
from bijoli.web.paper.document import Document
from bijoli.web.paper.pdf import pdf

DAYS = 30  # that are counted where nothing says since when


def service(divisions: tuple[str, ...] | None, now: datetime, counted: Counts = gather.report) -> tuple[Sheet | None, Report | None, Asked]:
    """The sheet; its figures from the launch until today, where there was one; and the days that "after" is measured in."""
    sheet, today = typed.sheet(), timezone.localdate(now)
    launched = sheet.launched_on if sheet and sheet.launched_on and sheet.launched_on <= today else None
    asked = Asked(launched or today - timedelta(days=DAYS - 1), today, now, divisions)
    return sheet, counted(asked) if launched else None, asked


def write(folder: Path, asked: Asked) -> Iterator[Path]:
    """Writes each file and tells it: proof of benefit of these days, the service sheet since its launch, the last day's fiscal year.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found, year = gather.report(asked), fiscal_year(asked.last)
    sheet, since, measured = service(asked.divisions, asked.now)
    savings, indicators = typed.table(measured), typed.indicators(year, asked)
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield from _papers(
                folder,
                language,
                {
                    "benefit": papers.benefit(found),
                    "service": papers.service(sheet, since, savings, measured),
                    f"performance-{year}": papers.performance(year, indicators, asked),
                },
            )
    tables = {"benefit": files.benefit(found), "service": files.savings(savings), f"performance-{year}": files.indicators(indicators)}
    for name, (head, rows) in tables.items():
        yield _kept(folder / f"{name}.csv", csvout.file(head, rows))
    yield _kept(folder / "service.sql", evidence(measured).encode())


def _papers(folder: Path, language: str, documents: dict[str, Document]) -> Iterator[Path]:
    for name, document in documents.items():
        yield _kept(folder / f"{name}-{language}.pdf", pdf(document))


def _kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
