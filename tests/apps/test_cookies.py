"""Over HTTPS every cookie is bound to this host by its name, and kept from scripts."""

import os
import subprocess
import sys

from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from bijoli.customers import cookies
from bijoli.staff import factor

NAMES = (
    "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
)
SAID = "; from bijoli.web.said import NamedCookie; print(NamedCookie.cookie_name)"


def test_over_https_each_has_the_prefix_that_browsers_guard(tmp_path):
    known = os.environ | {"BIJOLI_HTTPS": "1", "BIJOLI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "bijoli.config.settings"}
    done = subprocess.run([sys.executable, "-c", NAMES + SAID], env=known, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__Host-sessionid", "__Host-csrftoken", "True", "True", "__Host-messages"]


@override_settings(HTTPS=True, COOKIE_PREFIX="__Host-")
def test_our_own_are_for_this_host_alone_and_for_no_script():
    answer = HttpResponse()
    cookies.keep(answer, "theme", "dark", 60)
    kept = answer.cookies["__Host-theme"]
    assert (kept["secure"], kept["httponly"], kept["path"], kept["domain"], kept["samesite"]) == (True, True, "/", "", "Lax")
    request = RequestFactory().get("/")
    request.COOKIES = {"__Host-theme": "dark", "language": "bn"}  # the second could come from another host of the domain
    assert (cookies.value(request, "theme"), cookies.value(request, "language")) == ("dark", "")
    assert factor.cookie() == "__Secure-staff"
