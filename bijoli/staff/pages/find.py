"""Find a customer, an account or a meter by an exact number. Asked by POST: numbers of people stand in no address and no server's log."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from bijoli.core.bangla import latin
from bijoli.core.metering import meter_number
from bijoli.core.phone import e164
from bijoli.customers.models import Account, Customer
from bijoli.metering.models import Installation, Meter
from bijoli.staff import menu
from bijoli.staff.forms import FindForm
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import scope_of


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that has the number: its page writes the look down, whom it names is written down with the hit."""

    kind: str
    label: str
    url: str
    subject: Subject


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """One hit leads to its page at once; several are listed. Only within the scope, only what the role may see."""
    if not any(request.user.has_perm(one) for one in menu.FINDERS):
        return HttpResponseRedirect(reverse("admin:index"))
    form, hits = FindForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        hits = _hits(request, latin(form.cleaned_data["number"]).strip())
        note(request, f"find/{'hit' if hits else 'miss'}", [hit.subject for hit in hits] or [Subject()])
        if len(hits) == 1:
            return HttpResponseRedirect(hits[0].url)
        if not hits:
            form.add_error("number", gettext("Nothing has this number, or it lies outside of your divisions."))
            form.is_valid()
    from bijoli.staff.site import site

    return render(request, "staff/find.html", site.each_context(request) | {"form": form, "hits": hits})


def _hits(request: HttpRequest, number: str) -> list[Hit]:
    found = [_account(request, number), _meter(request, number), _customer(request, number)]
    return [hit for hit in found if hit]


def _account(request: HttpRequest, number: str) -> Hit | None:
    if not request.user.has_perm("customers.view_account"):
        return None
    row = Account.objects.filter(scope_of(request).account(), number=number[:20]).first()
    url = reverse("admin:customers_account_change", args=[row.public_id]) if row else ""
    return Hit(gettext("Account"), row.number, url, Subject(str(row.pk), account_id=row.pk)) if row else None


def _meter(request: HttpRequest, number: str) -> Hit | None:
    if not request.user.has_perm("metering.view_meter"):
        return None
    try:
        row = Meter.objects.filter(scope_of(request).meter(), number=meter_number(number)).first()
    except ValueError:
        return None
    if row is None:
        return None
    at = Installation.objects.filter(meter=row, removed_at=None).values_list("usage_point__account_id", flat=True).first()
    return Hit(gettext("Meter"), row.number, reverse("admin:metering_meter_change", args=[row.pk]), Subject(str(row.pk), account_id=at))


def _customer(request: HttpRequest, number: str) -> Hit | None:
    if not request.user.has_perm("customers.view_customer"):
        return None
    try:
        row = Customer.objects.filter(scope_of(request).customer(), phone=e164(number, settings.UTILITY.country_code)).first()
    except ValueError:
        return None
    url = reverse("admin:customers_customer_change", args=[row.public_id]) if row else ""
    return Hit(gettext("Customer"), row.name or number, url, Subject(str(row.pk), customer_id=row.pk)) if row else None
