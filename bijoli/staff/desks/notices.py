"""Planned outages and other notices: proposed with a count of whom they reach, approved by a second person over a thousand, cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.bangla import latin
from bijoli.notices import audience as who
from bijoli.notices import desk as verbs
from bijoli.notices.desk import Draft, NoticeError, State
from bijoli.notices.models import Notice
from bijoli.staff.base import Section, StaffAdmin, Verb
from bijoli.staff.desks import deeds, say, seen
from bijoli.staff.forms import NoticeForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site

PROPOSE, APPROVE = "notices.propose_notice", "notices.approve_notice"
PREVIEW = 10_000  # accounts whose persons are counted before a notice is proposed; then all are
SHOWN = timedelta(days=3)  # a plain notice, where nothing else is said
PLACES = {"order": "ends_at", "past": "starts_at", "far": "expires_at", "words": "title_bn", "length": "body_bn", "nobody": "feeders"}


class NoticeDesk(StaffAdmin):
    """Nobody is named in it: whom a notice reached stands on each person's own page."""

    personal = False
    handle = "public_id"
    title = _("Notice")
    titles = _("Notices and outages")
    about = _("Planned outages and other notices to a feeder, a division or a list of accounts. Over 1,000 people, two colleagues.")
    icon = "office"
    list_display = ("called", "sort", "whom", "when_sent", "standing")
    fields = ("standing", "sort", "off", "when_sent", "shown_until", "whom", "reach", "proposed", "approved", "cancelled")
    ordering = ("-proposed_at",)

    def scoped(self, rows: QuerySet[Notice], scope: Scope) -> QuerySet[Notice]:
        """Those that reach into the person's divisions."""
        return rows if scope.head_office else rows.filter(Q(touches__overlap=list(scope.divisions)))

    def heading(self, row: Notice) -> str:
        return self.called(row)

    def waiting(self, request: HttpRequest) -> int | None:
        """How many a colleague has to approve."""
        waits = self.get_queryset(request).filter(counted__gt=verbs.ALONE, approved_at=None, cancelled_at=None)
        return waits.filter(expires_at__gt=timezone.now(), sent_at=None).count()

    @display(description=_("Title"))
    def called(self, row: Notice) -> str:
        return str(row.title.get(say.language(), ""))

    @display(description=_("Kind"))
    def sort(self, row: Notice) -> str:
        return gettext("Planned outage") if row.kind == Notice.Kind.OUTAGE else gettext("Another notice")

    @display(description=_("Supply off"))
    def off(self, row: Notice) -> str:
        return f"{say.when(row.starts_at)} – {say.when(row.ends_at)}" if row.starts_at else say.UNKNOWN

    @display(description=_("To"))
    def whom(self, row: Notice) -> str:
        parts = [gettext("feeder %(name)s") % {"name": name} for name in row.feeders]
        parts += [say.office(name) for name in row.divisions]
        parts += [gettext("%(n)s accounts of a list") % {"n": say.count(len(row.accounts))}] if row.accounts else []
        return ", ".join(parts)

    @display(description=_("Sent at"))
    def when_sent(self, row: Notice) -> str:
        return say.when(row.send_at)

    @display(description=_("Shown until"))
    def shown_until(self, row: Notice) -> str:
        return say.when(row.expires_at)

    @display(description=_("State"))
    def standing(self, row: Notice) -> str:
        return {
            State.WAITS: gettext("waits for a colleague's approval"),
            State.SCHEDULED: gettext("scheduled"),
            State.SENDING: gettext("being sent"),
            State.SENT: gettext("sent"),
            State.OVER: gettext("over"),
            State.CANCELLED: gettext("cancelled"),
        }[verbs.state(row, timezone.now())]

    @display(description=_("People told"))
    def reach(self, row: Notice) -> str:
        return gettext("%(told)s of %(all)s") % {"told": say.count(row.told), "all": say.count(row.counted)}

    @display(description=_("Proposed"))
    def proposed(self, row: Notice) -> str:
        return _deed(row.proposed_by_id, row.proposed_at)

    @display(description=_("Approved"))
    def approved(self, row: Notice) -> str:
        return _deed(row.approved_by_id, row.approved_at)

    @display(description=_("Cancelled"))
    def cancelled(self, row: Notice) -> str:
        return _deed(row.cancelled_by_id, row.cancelled_at)

    def sections(self, request: HttpRequest, row: Notice, scope: Scope) -> list[Section]:
        """What customers read."""
        words = [("বাংলা", row.title.get("bn", ""), row.body.get("bn", "")), ("English", row.title.get("en", ""), row.body.get("en", ""))]
        heads = [gettext("Language"), gettext("Title"), gettext("Text")]
        return [Section(gettext("What customers read"), heads, [say.texts(one) for one in words])]

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        if not self.may(request, PROPOSE):
            return []
        return [Verb("propose", _("New notice"), reverse("admin:notices_notice_propose"), "staff/parts/go.html")]

    def verbs(self, request: HttpRequest, row: Notice) -> list[Verb]:
        standing, found = verbs.state(row, timezone.now()), []
        if standing == State.WAITS and self._may(request, row, APPROVE):
            words = gettext("It goes to %(n)s people. Read both texts once more.") % {"n": say.count(row.counted)}
            url, own = reverse("admin:notices_notice_approve", args=[row.public_id]), row.proposed_by_id == staff(request).pk
            found.append(deeds.verb("approve", gettext("Approve"), url, words, own=own))
        if standing not in (State.CANCELLED, State.OVER) and self._may(request, row, PROPOSE):
            words = gettext("Nobody more is told, and it leaves the app. Who was told of an outage to come is told that it does not come.")
            url = reverse("admin:notices_notice_cancel", args=[row.public_id])
            found.append(deeds.verb("cancel", gettext("Cancel it"), url, words, danger=True))
        return found

    def more_urls(self) -> list[URLPattern]:
        return [
            path("propose/", self.guarded(self.propose, "propose"), name="notices_notice_propose"),
            path("<uuid:object_id>/approve/", self.guarded(self.approve, "approve"), name="notices_notice_approve"),
            path("<uuid:object_id>/cancel/", self.guarded(self.cancel, "cancel"), name="notices_notice_cancel"),
        ]

    def propose(self, request: HttpRequest) -> HttpResponse:
        """The form; POST `look` counts whom it reaches, POST `propose` keeps it."""
        scope = scope_of(request)
        if not self.may(request, PROPOSE) or not (scope.head_office or scope.divisions):
            raise PermissionDenied
        form = NoticeForm(request.POST if request.method == "POST" else None, divisions=_divisions(scope))
        preview: who.Count | None = None
        if form.is_valid() and (draft := _draft(form, scope, timezone.now())):
            try:
                if "propose" in request.POST:
                    row = verbs.propose(draft, staff(request).pk, timezone.now())
                    note(request, f"{self.page}/propose", [Subject(str(row.public_id))])
                    return HttpResponseRedirect(self.url_of(row))
                preview = verbs.check(draft, timezone.now(), PREVIEW)
            except NoticeError as error:
                form.add_error(PLACES[error.why], deeds.refusal(error.why))
        form.is_valid()
        shown: dict[str, Any] = {"form": form, "preview": preview, "title": gettext("New notice"), "desk": self}
        if preview:
            shown |= {"two": preview.persons > verbs.ALONE, "offices": [say.office(one) for one in preview.divisions]}
        return render(request, "staff/notice.html", self.admin_site.each_context(request) | shown)

    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: another person than who proposed it lets it go."""
        return self._deed(request, object_id, APPROVE, "approve", verbs.approve, gettext("Approved."))

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: it is not sent, or taken back."""
        return self._deed(request, object_id, PROPOSE, "cancel", verbs.cancel, gettext("Cancelled."))

    def _deed(self, request: HttpRequest, key: str, right: str, name: str, act: Any, words: str) -> HttpResponse:
        deeds.allowed(self, request, right)
        row, person = self.get_object(request, str(key)), staff(request).pk
        if not self._may(request, row, right):
            raise PermissionDenied
        return deeds.done(self, request, row, name, lambda _why: act(row.public_id, person, timezone.now()), words)

    def _may(self, request: HttpRequest, row: Notice, right: str) -> bool:
        """With the right, and where all of it lies within the person's divisions."""
        scope = scope_of(request)
        return self.may(request, right) and (scope.head_office or set(row.touches) <= set(scope.divisions))


def _divisions(scope: Scope) -> list[tuple[str, str]]:
    """What may be chosen: all of the utility's, or the person's own."""
    keys = [one.division for one in settings.UTILITY.offices] if scope.head_office else list(scope.divisions)
    return [(key, say.office(key)) for key in keys]


def _draft(form: NoticeForm, scope: Scope, now: datetime) -> Draft | None:
    """What was typed; None where a feeder or an account is not known: the form says so."""
    given = form.cleaned_data
    bounds = () if scope.head_office else scope.divisions
    feeders = tuple(dict.fromkeys(name for part in given["feeders"].replace("\n", ",").split(",") if (name := part.strip())))
    numbers = list(dict.fromkeys("".join(letter if letter.isdigit() else " " for letter in latin(given["accounts"])).split()))
    keys, missing = who.accounts_of(numbers[: who.MOST_NUMBERS], bounds)
    if strange := who.unknown_feeders(feeders, bounds):
        form.add_error("feeders", gettext("Nothing lies on: %(names)s") % {"names": ", ".join(strange[:10])})
    if missing or len(numbers) > who.MOST_NUMBERS:
        form.add_error("accounts", gettext("There is no account: %(names)s") % {"names": ", ".join(missing[:10]) or say.UNKNOWN})
    if strange or missing or len(numbers) > who.MOST_NUMBERS:
        return None
    outage = given["kind"] == Notice.Kind.OUTAGE
    send_at = given["send_at"] or now
    return Draft(
        kind=given["kind"],
        title={"bn": given["title_bn"], "en": given["title_en"]},
        body={"bn": given["body_bn"], "en": given["body_en"]},
        audience=who.Audience(feeders, tuple(given["divisions"]), tuple(keys), bounds),
        send_at=send_at,
        expires_at=given["expires_at"] or (given["ends_at"] if outage else None) or send_at + SHOWN,
        starts_at=given["starts_at"] if outage else None,
        ends_at=given["ends_at"] if outage else None,
    )


def _deed(person: int | None, at: datetime | None) -> str:
    who_did = seen.called({person}).get(person, f"#{person}") if person else ""
    return f"{who_did}, {say.when(at)}" if person else say.UNKNOWN


site.register(Notice, NoticeDesk)
