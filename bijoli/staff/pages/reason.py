"""The extended view is opened with a reason, and closed."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from bijoli.staff import elevate as view
from bijoli.staff import menu
from bijoli.staff.forms import ReasonForm
from bijoli.staff.looks import Subject, note
from bijoli.staff.pages.door import onward


@require_http_methods(["GET", "HEAD", "POST"])
def elevate(request: HttpRequest) -> HttpResponse:
    """Asks for the reason; then on to the page that was wanted. Only for who may look at customers at all."""
    from bijoli.staff.site import site

    if not any(request.user.has_perm(one) for one in menu.FINDERS):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        view.begin(request, form.cleaned_data["reason"])
        note(request, "elevate/begin", [Subject()])
        return HttpResponseRedirect(onward(request))
    shown = {"form": form, "next": onward(request), "minutes": view.MINUTES}
    return render(request, "staff/elevate.html", site.each_context(request) | shown)


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Ends it at once."""
    note(request, "elevate/end", [Subject()])
    view.end(request)
    return HttpResponseRedirect(reverse("admin:index"))
