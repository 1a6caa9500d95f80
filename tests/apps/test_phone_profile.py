"""The demo's phone: its profile, and what is said when it cannot be opened."""

from __future__ import annotations

import json
import os

import pytest

from bijoli.simulator.phone import PhoneError, command, find_firefox, is_open, prepare


def test_the_profile_points_at_the_local_push_service_and_keeps_what_the_browser_wrote(tmp_path):
    prepare(tmp_path, "ws://localhost:8001/")
    (tmp_path / "xulstore.json").write_text('{"moved": "by the person"}')
    prepare(tmp_path, "ws://localhost:9001/")
    assert 'user_pref("dom.push.serverURL", "ws://localhost:9001/");' in (tmp_path / "user.js").read_text().splitlines()
    assert json.loads((tmp_path / "xulstore.json").read_text()) == {"moved": "by the person"}


def test_only_a_driven_phone_opens_a_port(tmp_path):
    assert "marionette" not in prepare(tmp_path, "ws://localhost:8001/").joinpath("user.js").read_text()
    assert 'user_pref("marionette.port", 2828);' in prepare(tmp_path, "ws://localhost:8001/", 2828).joinpath("user.js").read_text()


def test_a_phone_is_open_while_its_process_lives(tmp_path):
    assert not is_open(tmp_path)
    (tmp_path / "lock").symlink_to(f"127.0.0.1:+{os.getpid()}")
    assert is_open(tmp_path)
    (tmp_path / "lock").unlink()
    (tmp_path / "lock").symlink_to("127.0.0.1:+4194305")  # no process has this number: the largest is 4194304
    assert not is_open(tmp_path)


def test_without_firefox_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PhoneError, match="apt-get install firefox-esr"):
        find_firefox()


def test_without_a_screen_it_says_so(monkeypatch, tmp_path):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(PhoneError, match="no screen"):
        command(tmp_path, "http://localhost:8000")
