"""What the pages of a signed-in customer share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from bijoli.core.phone import local, masked
from bijoli.customers.models import Customer

Given = ParamSpec("Given")
Page = Callable[Concatenate[HttpRequest, Given], HttpResponse]


def own_page(view: Page[Given]) -> Page[Given]:
    """For signed-in customers, kept by no cache. A guest signs in first, and comes back to the page; from a form, to the profile."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else reverse("profile"))
        return view(request, *args, **kwargs)

    return guarded


def person(request: HttpRequest) -> Customer:
    """The customer of an own page."""
    return cast(Customer, request.user)


def called(customer: Customer) -> str:
    """The customer's number as its owner knows it and a stranger over the shoulder does not: 017••-•••001."""
    return local(masked(customer.phone), settings.UTILITY.country_code)
