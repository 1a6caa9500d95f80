"""CASE: what became of a complaint. KA assigned, KW in work, KM a reply, KL late, KR resolved.

What staff wrote stands on the complaint's page alone: lock screens are public.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    """Raises KeyError for a code unknown."""
    title, explanation = (_others if said.facts.get("shared") else _story)(said)[said.code]
    body = _("%(number)s: %(category)s") % {"number": said.facts.get("number", ""), "category": _category(said)}
    return Words(title, body, said.explained(lambda: explanation), "none")


def _story(said: Said) -> dict[str, tuple[str, str]]:
    return {
        "KA": (_("Your complaint has found its people"), _("It is now with those who can solve it.")),
        "KW": (_("Your complaint is being worked on"), _("We tell you as soon as there is more.")),
        "KM": (_("A reply to your complaint"), _("Open the complaint to read it.")),
        "KL": (_("Your complaint takes longer than promised"), _("We are sorry. It has gone one step higher, to be solved first.")),
        "KR": (_("Your complaint is resolved"), _("See what we found. If it is not solved, open it again.")),
    }


def _others(said: Said) -> dict[str, tuple[str, str]]:
    """Of a complaint that somebody else made about an account of this person, who follows it."""
    more = _("You follow this complaint of your account.")
    return {
        "KA": (_("A complaint of your account has found its people"), more),
        "KW": (_("A complaint of your account is being worked on"), more),
        "KM": (_("A reply to a complaint of your account"), more),
        "KL": (_("A complaint of your account takes longer than promised"), more),
        "KR": (_("A complaint of your account is resolved"), more),
    }


def _category(said: Said) -> str:
    """By its key, in the person's language; a category that is no more goes by the word for all."""
    known = said.utility.complaints.category(str(said.facts.get("category", "")))
    return known.name[said.language] if known else _("Complaint")
