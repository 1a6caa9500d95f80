"""The machines' door: /ingest/readings and /ingest/events."""

from django.urls import URLPattern, URLResolver, path

from bijoli.ingest import http

urlpatterns: list[URLPattern | URLResolver] = [
    path("readings", http.readings, name="ingest-readings"),
    path("events", http.events, name="ingest-events"),
]
