"""Who comes through: signed in, of the staff, with a second factor proved in this session. Everybody else sees no hint of what is here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from bijoli.customers.models import Customer
from bijoli.staff import factor
from bijoli.staff.models import StaffScope

View = Callable[..., HttpResponse]


def staff(request: HttpRequest) -> Customer:
    """The member of the staff behind a request that `turned_away` let through."""
    return cast(Customer, request.user)


def outsider(request: HttpRequest) -> HttpResponse | None:
    """For who is not of the staff: guests sign in, customers find nothing (Http404). None for the staff."""
    if not request.user.is_authenticated:
        return redirect_to_login(_here(request))
    if not (request.user.is_active and request.user.is_staff and StaffScope.objects.filter(customer_id=request.user.pk).exists()):
        raise Http404
    return None


def turned_away(request: HttpRequest) -> HttpResponse | None:
    """What somebody gets in place of a page; None for who may see it."""
    if (answer := outsider(request)) is not None:
        return answer
    known = factor.authenticator(staff(request).pk)
    if known is None:
        return HttpResponseRedirect(reverse("admin:enrol"))
    if not factor.proved(request, known):
        return HttpResponseRedirect(f"{reverse('admin:prove')}?{urlencode({'next': _here(request)})}")
    return None


def inside(request: HttpRequest) -> bool:
    """The same as a yes or no, for Django's own question."""
    try:
        return turned_away(request) is None
    except Http404:
        return False


def at_the_door(view: View) -> View:
    """A page for staff who have not proved their factor yet. Kept by no cache."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        return outsider(request) or view(request)

    return guarded


def _here(request: HttpRequest) -> str:
    """Where to go on afterwards; what was posted is not posted again."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else reverse("admin:index")
