"""An alert as an e-mail: no more than an SMS says, and like it without any address to tap and without a nickname."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from bijoli.delivery import wording
from bijoli.delivery.views import Facts


def letter(told: Facts, language: str) -> tuple[str, str]:
    """Subject and body, in the person's language."""
    said = wording.words(told, language, "", brief=True)
    return f"{settings.UTILITY.short_name[language]}: {said.title}", f"{said.body}\n\n-- \n{_foot(language)}\n"


def code_letter(code: str, language: str) -> tuple[str, str]:
    """Subject and body of the mail that proves an address. The code stands in the body alone: subjects show on lock screens."""
    app = settings.UTILITY.short_name[language]
    with override(language):
        subject = _("%(app)s: confirm your e-mail address") % {"app": app}
        words = _(
            "%(code)s is the code that brings alerts of the %(app)s app to this e-mail address. It works for 10 minutes. "
            "If you have not asked for it, do nothing, and tell it to nobody."
        )
        return subject, f"{words % {'code': code, 'app': app}}\n"


def _foot(language: str) -> str:
    with override(language):
        return _(
            "Open the app for more. We never ask for a code or a payment by e-mail. In the alert settings you can switch these e-mails off."
        )
