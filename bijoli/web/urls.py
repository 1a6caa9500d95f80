"""Addresses of the customers' app."""

from django.urls import path

from bijoli.web.pages import choices

app_name = "web"
urlpatterns = [
    path("language/", choices.language, name="language"),
    path("theme/", choices.theme, name="theme"),
]
