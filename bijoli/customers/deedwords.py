"""What each deed that is written down is called, for the person and for the auditor."""

from __future__ import annotations

from django.utils.translation import gettext


def names() -> dict[str, str]:
    return {
        "linked": gettext("Added an account"),
        "left": gettext("Took an account off the list"),
        "invited": gettext("Invited somebody"),
        "accepted": gettext("Accepted an invitation"),
        "declined": gettext("Declined an invitation"),
        "withdrawn": gettext("Took an invitation back"),
        "changed": gettext("Changed the end of an access"),
        "ended": gettext("Ended somebody's access"),
        "email": gettext("Confirmed an e-mail address"),
        "no email": gettext("Removed the e-mail address"),
        "signed out": gettext("Signed out everywhere, by the utility"),
        "consent": gettext("Consent given or taken back"),
        "download": gettext("Downloaded all data"),
        "deleted": gettext("Deleted the account in the app"),
    }


def name(what: str) -> str:
    return names().get(what, what)
