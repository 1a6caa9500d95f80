"""The one base of the staff's pages: each query bounded to the person's scope, read-only, each look at a person written down first.

A page is a subclass that says `personal`, `scoped` and, where it shows persons, `subject`. All objects come through `get_object`, all
lists through `StaffList`; both write the look down before they hand anything over. Whatever else a personal page answers with 200
without a look is stopped (LookMissing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from bijoli.staff.elevate import elevated
from bijoli.staff.listing import BoundedPaginator, StaffList
from bijoli.staff.looks import Subject, note, noted
from bijoli.staff.scope import Scope, scope_of

Words = str | Promise


class LookMissing(RuntimeError):
    """A page about persons would have been shown without a line in the log: a fault of the program, and nothing is shown."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table, with an address where it leads on."""

    text: str | SafeString
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a row's own fields. `empty` is said where it has no rows. A `slim` one stays a table on a narrow screen."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    slim: bool = False

    @property
    def headed(self) -> list[list[tuple[str, Cell]]]:
        """The rows with each cell's heading beside it: a narrow screen shows it there."""
        return [list(zip(self.heads, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Verb:
    """A button on a row's page: POST to its own address under the row. `form` is a template with its fields."""

    name: str
    label: Words
    url: str = ""
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only, bounded, written down. What may be done beside looking is a verb: an address of its own with a permission of its own."""

    personal: bool  # whether its pages show persons: each subclass says so
    anonymous_list = False  # the list of a personal page shows nobody (times and reasons, say); its rows are not written down
    handle = "pk"  # the field that stands in addresses
    title: Words = ""
    titles: Words = ""
    about: Words = ""
    icon = "person"
    in_menu = True

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    paginator = BoundedPaginator
    list_display_links = None
    change_list_template = "staff/list.html"
    change_form_template = "staff/detail.html"
    view_on_site = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuses a page that forgot one of the three; who says `bare` is a base of others and no page."""
        super().__init_subclass__(**options)
        if "bare" in vars(cls):
            return
        if not isinstance(getattr(cls, "personal", None), bool):
            raise TypeError(f"{cls.__name__} must say whether it is personal")
        if cls.scoped is StaffAdmin.scoped:
            raise TypeError(f"{cls.__name__} must bound its rows: scoped()")
        if cls.personal and cls.subject is StaffAdmin.subject:
            raise TypeError(f"{cls.__name__} is personal and must say whom a row is about: subject()")

    # What each page says

    def scoped(self, rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
        """The rows that lie within the scope."""
        raise NotImplementedError

    def subject(self, row: Any) -> Subject:
        """Whom a row is about."""
        raise NotImplementedError

    def sections(self, request: HttpRequest, row: Any, scope: Scope) -> list[Section]:
        """Tables under the row's own fields, each bounded to the scope by itself."""
        return []

    def verbs(self, request: HttpRequest, row: Any) -> list[Verb]:
        """The buttons of a row's page."""
        return []

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        """The buttons over the list."""
        return []

    def waiting(self, request: HttpRequest) -> int | None:
        """How many things wait here, for the first page; None: nothing ever does."""
        return None

    # What holds for all

    @property
    def page(self) -> str:
        return f"{self.opts.app_label}.{self.opts.model_name}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.scoped(super().get_queryset(request), scope_of(request))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """One row within the scope, written down before it is handed over. Http404 for every other, and PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            row = self.get_queryset(request).filter(**{self.handle: object_id}).first()
        except (ValueError, ValidationError, OverflowError):
            row = None
        if row is None:
            raise Http404
        if self.personal:
            note(request, f"{self.page}/{getattr(request, '_staff_page', 'view')}", [self.subject(row)])
        return row

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[StaffList]:
        return StaffList

    def note_list(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The rows that a list is about to show."""
        if self.personal:
            note(request, f"{self.page}/list", [] if self.anonymous_list else [self.subject(row) for row in rows])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}"))

    def may(self, request: HttpRequest, permission: str) -> bool:
        return bool(request.user.has_perm(permission))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A list is narrowed by its own filters alone."""
        return lookup in {getattr(one, "parameter_name", "") for one in self.list_filter}

    def url_of(self, row: Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[getattr(row, self.handle)])

    # Addresses

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        row = [path("<str:object_id>/", self.guarded(self.change_view), name=f"{name}_change")] if self.change_form_template else []
        return [path("", self.guarded(self.changelist_view), name=f"{name}_changelist"), *self.more_urls(), *row]

    def more_urls(self) -> list[URLPattern]:
        """The addresses of verbs, each through `guarded`."""
        return []

    def guarded(self, view: Callable[..., HttpResponse], page: str = "view", *, extended: bool = False) -> Callable[..., HttpResponse]:
        """Through the site's gate; `page` is how the log names it; nothing about persons leaves that is not written down.

        `extended`: only in the extended view, for which a reason is asked.
        """

        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            setattr(request, "_staff_page", page)  # noqa: B010 - Django's request has no such field to declare
            if extended and elevated(request) is None:
                return HttpResponseRedirect(f"{reverse('admin:elevate')}?{urlencode({'next': request.get_full_path()})}")
            answer = view(request, *args, **kwargs)
            if self.personal and answer.status_code == 200 and not noted(request):
                raise LookMissing(f"{self.page}/{page}")
            return answer

        wrapped = update_wrapper(watched, view)
        wrapped.watched = True  # type: ignore[attr-defined]  # for the test that no address goes around this
        return self.admin_site.admin_view(wrapped)

    # Pages

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        shown = {"desk": self, "title": self.titles, "verbs": self.list_verbs(request)}
        return super().changelist_view(request, shown | (extra_context or {}))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **kwargs: Any) -> Any:
        context.update(desk=self, title=self.title, heading=self.heading(obj))
        context.update(sections=self.sections(request, obj, scope_of(request)), verbs=self.verbs(request, obj))
        return super().render_change_form(request, context, *args, **(kwargs | {"obj": obj}))

    def heading(self, row: Any) -> str:
        """What the page of a row is called."""
        return str(self.title)
