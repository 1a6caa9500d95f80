"""Addresses for machines of money."""

from django.urls import path

from bijoli.till import notices

app_name = "till"
urlpatterns = [
    path("notice/<slug:name>/", notices.notice, name="notice"),
]
