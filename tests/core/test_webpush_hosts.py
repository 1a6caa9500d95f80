"""A subscription must not make our server call whatever it names."""

import pytest

from bijoli.delivery.channels.webpush import hosts


@pytest.fixture(autouse=True)
def _list(settings):
    settings.PUSH_HOSTS = ["fcm.googleapis.com", "*.push.apple.com"]
    settings.PUSH_HOSTS_LOCAL = ["localhost:8091"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
        "https://FCM.googleapis.com/x",
        "https://fcm.googleapis.com/",
        "https://fcm.googleapis.com:443/x",
        "https://web.push.apple.com/QGuQ",
        "http://localhost:8091/wpush/v2/token",
    ],
)
def test_known_push_services_are_allowed(endpoint):
    assert hosts.allowed(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "fcm.googleapis.com/x",
        "http://fcm.googleapis.com/x",
        "ftp://fcm.googleapis.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:x/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://evil.example/push.apple.com",
        "https://evil-push.apple.com/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://[::1]/x",
        "https://localhost:8091/x",
        "http://localhost:8092/x",
        "http://localhost/x",
        "http://127.0.0.1:8091/x",
        "http://user@localhost:8091/x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.cоm/x",  # a Cyrillic letter
        "https://fcm.googleapis.com/" + "x" * 1000,
        "https://",
        "https://[",
    ],
)
def test_anything_else_is_refused(endpoint):
    assert not hosts.allowed(endpoint)


def test_no_pattern_lets_an_address_through(settings):
    settings.PUSH_HOSTS = ["*.0.0.1", "127.0.0.1", "*"]
    assert not hosts.allowed("https://127.0.0.1/x")


def test_the_audience_is_the_origin():
    assert hosts.origin("https://fcm.googleapis.com:443/x/y") == "https://fcm.googleapis.com"
    assert hosts.origin("http://localhost:8091/wpush/v2/x") == "http://localhost:8091"
