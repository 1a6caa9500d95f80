"""What makes the site an app on a phone: the service worker, the manifest, the page for no connection."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

SHELL = ("web/app.css", "web/app.js", "web/push.js", "web/outbox.js", "web/complaint.js")  # what every kept page needs


@require_GET
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """/sw.js, so that its scope is the whole site. Its first line says which files belong to this version."""
    return HttpResponse(_worker(), content_type="text/javascript; charset=utf-8", headers={"Service-Worker-Allowed": "/"})


@cache
def _worker() -> str:
    path = finders.find("web/sw.js")
    if not isinstance(path, str):
        raise FileNotFoundError("static file web/sw.js")
    with open(path, encoding="utf-8") as file:
        code = file.read()
    build = {
        "shell": [static(name) for name in SHELL],
        "offline": reverse("web:offline"),
        "icon": static("web/icon-192.png"),
        "badge": static("web/badge-96.png"),
        "name": settings.UTILITY.short_name[settings.UTILITY.languages[0]],
    }
    version = hashlib.sha256((json.dumps(build) + code).encode()).hexdigest()[:12]
    return f"const BUILD = {json.dumps(build | {'version': version})};\n{code}"


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, in the person's language."""
    speak = get_language() or settings.UTILITY.languages[0]
    told = {
        "id": "/",
        "name": settings.UTILITY.name[speak],
        "short_name": settings.UTILITY.short_name[speak],
        "description": gettext("Balance, use and alerts of your electricity meter."),
        "lang": speak,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f4ef",
        "theme_color": "#f6f4ef",
        "categories": ["utilities"],
        "icons": [
            _icon("icon-192", 192, "any"),
            _icon("icon-512", 512, "any"),
            _icon("maskable-192", 192, "maskable"),
            _icon("maskable-512", 512, "maskable"),
            _icon("badge-96", 96, "monochrome"),
        ],
        "shortcuts": [
            {"name": gettext("Recharge"), "url": reverse("web:recharge"), "icons": [_icon("icon-192", 192, "any")]},
            {"name": gettext("Usage"), "url": reverse("web:usage"), "icons": [_icon("icon-192", 192, "any")]},
        ],
    }
    return JsonResponse(told, content_type="application/manifest+json", headers={"Cache-Control": "private, max-age=3600"})


def _icon(name: str, pixels: int, purpose: str) -> dict[str, str]:
    return {"src": static(f"web/{name}.png"), "sizes": f"{pixels}x{pixels}", "type": "image/png", "purpose": purpose}


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker for when nothing else is: nothing personal stands on it."""
    return render(request, "web/offline.html", {"signed_in": False})
