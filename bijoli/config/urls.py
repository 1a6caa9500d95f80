"""Every address of the site: the customers' pages, sign-in, the staff's pages, and the machines' door."""

from django.urls import include, path

urlpatterns = [
    path("ingest/", include("bijoli.ingest.urls")),
    path("till/", include("bijoli.till.urls")),
    path("accounts/", include("bijoli.customers.urls")),
    path("staff/", include("bijoli.staff.urls")),
    path("", include("bijoli.web.urls")),
]
