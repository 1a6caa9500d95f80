"""Sign-in, passkeys and profile, each page named one by one: what allauth has beside them (sign-up, passwords, e-mail) answers 404."""

from django.urls import path

from bijoli.customers.pages import passkeys, profile, signin

urlpatterns = [  # allauth leads to its pages by the names that begin with account_
    path("login/", signin.login, name="account_login"),
    path("login/code/", signin.code, name="account_confirm_login_code"),
    path("login/passkey/options/", passkeys.entry_options, name="passkey_entry_options"),
    path("login/passkey/", passkeys.enter, name="passkey_enter"),
    path("logout/", signin.logout, name="account_logout"),
    path("passkeys/", passkeys.listing, name="passkeys"),
    path("passkeys/offer/", passkeys.offer, name="passkey_offer"),
    path("passkeys/confirm/", passkeys.confirm, name="passkey_confirm"),
    path("passkeys/options/", passkeys.creation_options, name="passkey_options"),
    path("passkeys/add/", passkeys.add, name="passkey_add"),
    path("passkeys/change/", passkeys.change, name="passkey_change"),
    path("profile/", profile.profile, name="profile"),
    path("profile/name/", profile.name, name="profile_name"),
    path("profile/accounts/", profile.nicknames, name="profile_nicknames"),
    path("profile/devices/end/", profile.end_session, name="session_end"),
    path("profile/devices/end-all/", profile.end_all, name="session_end_all"),
]
