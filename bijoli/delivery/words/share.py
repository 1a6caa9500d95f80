"""SHARE: V1, somebody shares an account with this person. Who and which stands in the app alone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    body = _("Somebody invites you to an electricity account. Open to see it.")
    return Words(_("An account is shared with you"), body, said.explained(lambda: _("Accept or decline it on your profile.")), "profile")
