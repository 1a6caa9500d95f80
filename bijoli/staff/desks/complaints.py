"""The complaint desk: the queue (danger first, then by the promised time), one complaint with all that is known, and what may be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.complaints import moves
from bijoli.complaints.line import ComplaintError
from bijoli.complaints.models import Complaint, Photo
from bijoli.core.complaint import attached as attached_fact
from bijoli.staff.base import Cell, Section, StaffAdmin, Verb
from bijoli.staff.desks import complaintforms, say
from bijoli.staff.desks.complaintforms import AssignForm, PassForm, ResolveForm, WordsForm
from bijoli.staff.desks.complaintlists import GroupFilter, QueueFilter, WhoseFilter, chip, time_line
from bijoli.staff.desks.told import about
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site
from bijoli.web import attached, complaintwords
from bijoli.web.pages.complaints import picture

MOST_WAITING = 1000
CHANGE = "complaints.change_complaint"


class ComplaintDesk(StaffAdmin):
    personal = True
    anonymous_list = True  # numbers, kinds, times and divisions; whose it is stands on the page of each
    handle = "public_id"
    title = _("Complaint")
    titles = _("Complaints")
    about = _("Danger to life first, then what was promised earliest. The customer is told of each step.")
    icon = "chat"
    list_filter = (QueueFilter, WhoseFilter, GroupFilter)
    list_display = ("called", "what", "until", "step", "who", "division_name")
    fields = ("called", "what", "step", "came", "until", "who", "words", "where", "found", "stars")
    ordering = ("-danger", "promised_at")

    def scoped(self, rows: QuerySet[Complaint], scope: Scope) -> QuerySet[Complaint]:
        """By the division that has it now."""
        mine = Q() if scope.head_office else Q(division__in=scope.divisions)
        return rows.filter(mine, cleared_at=None).select_related("customer", "account", "assigned_to")

    def subject(self, row: Complaint) -> Subject:
        return Subject(str(row.pk), row.customer_id, row.account_id)

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(resolved_at=None)[:MOST_WAITING].count()

    def heading(self, row: Complaint) -> str:
        return complaintwords.category(row.category)[0]

    @display(description=_("Number"))
    def called(self, row: Complaint) -> str:
        return row.number

    @display(description=_("About"))
    def what(self, row: Complaint) -> str:
        name = complaintwords.category(row.category)[0]
        return chip(gettext("DANGER: %(what)s") % {"what": name}) if row.danger and row.resolved_at is None else name

    @display(description=_("Came"))
    def came(self, row: Complaint) -> str:
        return say.when(row.submitted_at)

    @display(description=_("Promised until"))
    def until(self, row: Complaint) -> str:
        late = row.resolved_at is None and row.promised_at < timezone.now()
        steps = gettext("late, step %(level)s") % {"level": say.count(row.level)} if row.level else gettext("late")
        return format_html("{} {}", say.when(row.promised_at), chip(steps)) if late else say.when(row.promised_at)

    @display(description=_("State"))
    def step(self, row: Complaint) -> str:
        return complaintwords.state_name(row.state)

    @display(description=_("With"))
    def who(self, row: Complaint) -> str:
        return row.assigned_to.name or say.phone_masked(row.assigned_to.phone) if row.assigned_to else say.UNKNOWN

    @display(description=_("Division"))
    def division_name(self, row: Complaint) -> str:
        return say.office(row.division) if row.division else gettext("head office")

    @display(description=_("What they say"))
    def words(self, row: Complaint) -> str:
        return row.text

    @display(description=_("Place"))
    def where(self, row: Complaint) -> str:
        return row.place or say.UNKNOWN

    @display(description=_("Finding"))
    def found(self, row: Complaint) -> str:
        return complaintwords.finding(row.finding) or say.UNKNOWN

    @display(description=_("Rating"))
    def stars(self, row: Complaint) -> str:
        return gettext("%(n)s of 5") % {"n": say.count(row.rating)} if row.rating else say.UNKNOWN

    def sections(self, request: HttpRequest, row: Complaint, scope: Scope) -> list[Section]:
        cells = about(self, request, row.customer, row.account) if row.customer else []
        cells += [[Cell(gettext("Division")), Cell(self.division_name(row))]]
        for place, photo in enumerate(Photo.objects.filter(complaint=row).order_by("pk").values_list("public_id", flat=True), 1):
            url = reverse("admin:complaints_complaint_photo", args=[row.public_id, photo])
            cells.append([Cell(gettext("Photo")), Cell(gettext("Photo %(n)s") % {"n": say.count(place)}, url)])
        known = [say.texts(pair) for pair in attached.rows(row.facts)]
        facts = [Section(gettext("What came with it"), [], known)] if known else []
        if charge := attached_fact(row.facts, "charge"):
            from bijoli.staff.desks.questions import arithmetic  # here: an import puts a desk into the menu

            facts.append(arithmetic(charge["sum"]))
        return [Section(gettext("Whom it is about"), [], cells), *facts, time_line(row)]

    # What may be done

    def verbs(self, request: HttpRequest, row: Complaint) -> list[Verb]:
        if not self.may(request, CHANGE):
            return []
        wrong: tuple[str, Any] = getattr(request, "_complaint_form", ("", None))
        made = [self._verb(row, name, label, form) for name, label, form in self._forms(request, row)]
        return [one if one.name != wrong[0] else Verb(one.name, one.label, one.url, one.template, {"form": wrong[1]}) for one in made]

    def _forms(self, request: HttpRequest, row: Complaint) -> list[tuple[str, Any, Any]]:
        note = ("note", _("Note for colleagues"), WordsForm(prefix="note"))
        if row.resolved_at is not None:
            return [note]
        colleagues = complaintforms.colleagues(row.division)
        assign = ("assign", _("Assign"), AssignForm(colleagues, initial={"to": row.assigned_to_id or staff(request).pk}))
        work = [] if row.state == "working" else [("work", _("I work on it now"), None)]
        reply, resolve = ("reply", _("Reply to the customer"), WordsForm(prefix="reply")), ("resolve", _("Resolve"), ResolveForm())
        return [*work, assign, reply, resolve, note, ("pass", _("Pass on to another division"), PassForm(row.division))]

    def _verb(self, row: Complaint, name: str, label: Any, form: Any) -> Verb:
        url = reverse(f"admin:complaints_complaint_{name}", args=[row.public_id])
        return Verb(name, label, url, "staff/parts/complaint.html", {"form": form, "told": name in ("reply", "resolve")})

    def more_urls(self) -> list[URLPattern]:
        deeds = {"assign": self._assign, "work": self._work, "reply": self._reply, "note": self._note}
        deeds |= {"resolve": self._resolve, "pass": self._pass}
        made = [
            path(f"<uuid:object_id>/{name}/", self.guarded(self._deed(name, deed), name), name=f"complaints_complaint_{name}")
            for name, deed in deeds.items()
        ]
        photo = path("<uuid:object_id>/photo/<uuid:photo_id>/", self.guarded(self.photo, "photo"), name="complaints_complaint_photo")
        return [*made, photo]

    def _deed(self, name: str, deed: Callable[[HttpRequest, Complaint, datetime], Any]) -> Callable[..., HttpResponse]:
        def posted(request: HttpRequest, object_id: UUID) -> HttpResponse:
            if request.method != "POST" or not self.may(request, CHANGE):
                raise PermissionDenied
            row = self.get_object(request, str(object_id))
            try:
                wrong = deed(request, row, timezone.now())
            except ComplaintError:
                wrong = None
                messages.error(request, gettext("That is not possible any more: a colleague was faster."))
            if wrong is None:
                stays = self.get_queryset(request).filter(pk=row.pk).exists()
                return HttpResponseRedirect(self.url_of(row) if stays else reverse("admin:complaints_complaint_changelist"))
            setattr(request, "_complaint_form", (name, wrong))  # noqa: B010 - Django's request has no such field to declare
            setattr(request, "_staff_page", "view")  # noqa: B010
            request.method = "GET"
            return self.change_view(request, str(object_id))

        return posted

    def _assign(self, request: HttpRequest, row: Complaint, now: datetime) -> Any:
        form = AssignForm(complaintforms.colleagues(row.division), request.POST)
        if not form.is_valid():
            return form
        return moves.assign(row.public_id, int(form.cleaned_data["to"]), staff(request).pk, now)

    def _work(self, request: HttpRequest, row: Complaint, now: datetime) -> Any:
        return moves.work(row.public_id, staff(request).pk, now)

    def _reply(self, request: HttpRequest, row: Complaint, now: datetime) -> Any:
        form = WordsForm(request.POST, prefix="reply")
        return moves.reply(row.public_id, form.cleaned_data["text"], staff(request).pk, now) if form.is_valid() else form

    def _note(self, request: HttpRequest, row: Complaint, now: datetime) -> Any:
        form = WordsForm(request.POST, prefix="note")
        return moves.note(row.public_id, form.cleaned_data["text"], staff(request).pk, now) if form.is_valid() else form

    def _resolve(self, request: HttpRequest, row: Complaint, now: datetime) -> Any:
        form = ResolveForm(request.POST)
        if not form.is_valid():
            return form
        return moves.resolve(row.public_id, form.cleaned_data["finding"], form.cleaned_data["answer"], staff(request).pk, now)

    def _pass(self, request: HttpRequest, row: Complaint, now: datetime) -> Any:
        form = PassForm(row.division, request.POST)
        return moves.pass_on(row.public_id, form.cleaned_data["division"], staff(request).pk, now) if form.is_valid() else form

    def photo(self, request: HttpRequest, object_id: UUID, photo_id: UUID) -> HttpResponse:
        """One photo, for who may see the complaint; each look is written down."""
        row = self.get_object(request, str(object_id))
        body = Photo.objects.filter(complaint=row, public_id=photo_id).values_list("body", flat=True).first()
        if body is None:
            raise Http404
        return picture(bytes(body))


site.register(Complaint, ComplaintDesk)
