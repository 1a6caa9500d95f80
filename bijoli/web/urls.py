"""Addresses of the customers' app."""

from django.urls import path

from bijoli.web.pages import alertsettings, choices, help, home, notifications, phone, push, recharge, settings, usage, why, wrong

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("n/", notifications.listing, name="notifications"),
    path("n/read", notifications.read_all, name="read_all"),
    path("n/<uuid:public_id>/", notifications.detail, name="notification"),
    path("n/<uuid:public_id>/read", notifications.read, name="read"),
    path("n/<uuid:public_id>/wrong/", wrong.wrong, name="wrong"),
    path("usage/", usage.first, name="usage"),
    path("usage/<uuid:public_id>/", usage.usage, name="usage"),
    path("usage/<uuid:public_id>/why/", why.why, name="why"),
    path("recharge/", recharge.first, name="recharge"),
    path("recharge/<uuid:public_id>/", recharge.recharge, name="recharge"),
    path("bills/", recharge.first, name="bills"),
    path("bills/<uuid:public_id>/", recharge.bills, name="bills"),
    path("help/", help.help_page, name="help"),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/alerts/", alertsettings.alert_settings, name="alert_settings"),
    path("settings/devices/<uuid:public_id>/remove", settings.remove_device, name="remove_device"),
    path("language/", choices.language, name="language"),
    path("theme/", choices.theme, name="theme"),
    path("sw.js", phone.worker, name="worker"),
    path("manifest.webmanifest", phone.manifest, name="manifest"),
    path("offline/", phone.offline, name="offline"),
    path("push/key", push.key, name="push_key"),
    path("push/subscribe", push.subscribe, name="push_subscribe"),
    path("push/unsubscribe", push.unsubscribe, name="push_unsubscribe"),
    path("push/receipt", push.take_receipt, name="push_receipt"),
    path("push/trial", push.send_trial, name="push_trial"),
    path("push/trial/state", push.trial_state, name="push_trial_state"),
    path("unread", push.unread, name="unread"),
]
