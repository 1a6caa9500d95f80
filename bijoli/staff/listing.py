"""Lists over millions of rows: counted only as far as anybody pages, the rows written down before they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.admin.utils import display_for_value, label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.http import HttpRequest

MOST = 5_000  # rows that a list pages through; a filter finds what lies deeper


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts at most MOST rows, so that the first page of a table of millions costs what that of a small one does."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(min(MOST, rows.order_by()[: MOST + 1].count()))

    def page(self, number: Any) -> Any:
        """The keys of the page first, then its rows: what a row is joined with is not read for those that are passed over."""
        place = self.validate_number(number)
        rows: Any = self.object_list
        bottom = (place - 1) * self.per_page
        keys = list(rows.values_list("pk", flat=True)[bottom : min(bottom + self.per_page, self.count)])
        return Page(rows.filter(pk__in=keys), place, self)

    @cached_property
    def cut(self) -> bool:
        """Whether there is more than what is paged through."""
        return self.count == MOST


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: where it leads, and its cells as (heading, value)."""

    url: str
    cells: list[tuple[str, Any]]


class StaffList(ChangeList):
    """Django's list, whose rows are written down when they are read."""

    model_admin: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.note_list(request, self.result_list)

    def apply_select_related(self, qs: Any) -> Any:
        related = self.list_select_related
        return qs.select_related(*related) if related and related is not True else qs

    def lines(self) -> list[Line]:
        """What the template shows."""
        names = [str(name) for name in self.list_display]
        heads = [str(label_for_field(name, self.model, self.model_admin)) for name in names]
        return [
            Line(
                self.model_admin.url_of(row) if self.model_admin.change_form_template else "",
                [(head, self._value(name, row)) for head, name in zip(heads, names, strict=True)],
            )
            for row in self.result_list
        ]

    def _value(self, name: str, row: Any) -> Any:
        _field, _attribute, value = lookup_field(name, row, self.model_admin)
        return display_for_value(value, "—")

    def filters(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Each filter's name and its choices."""
        return [(str(spec.title), [dict(choice) for choice in spec.choices(self)]) for spec in self.filter_specs]

    def older(self) -> str:
        """The address of the next page; "" on the last one."""
        return self.get_query_string({"p": self.page_num + 1}) if self.page_num < self.paginator.num_pages else ""

    def newer(self) -> str:
        return self.get_query_string({"p": self.page_num - 1}) if self.page_num > 1 else ""
