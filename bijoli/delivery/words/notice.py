"""NOTICE: N1, a planned outage; N2, another notice of the utility, in its own words; N0, the outage does not come."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    if said.code == "N0":
        return Words(_("Planned outage cancelled"), _off(said), said.explained(lambda: _off(said)), "none")
    title, body = _own(said, "title"), _own(said, "body")
    times = _times(said) if said.code == "N1" else ""
    return Words(
        title or _("Notice"), " ".join(part for part in (times, body) if part), said.explained(lambda: times, lambda: body), "none"
    )


def _own(said: Said, key: str) -> str:
    """The utility's own words in the person's language, else in whichever there is."""
    texts = said.facts.get(key)
    known = texts if isinstance(texts, dict) else {}
    return str(known.get(said.language) or next(iter(known.values()), ""))


def _times(said: Said) -> str:
    starts, ends = said.time("starts_at"), said.time("ends_at")
    if starts is None or ends is None:
        return ""
    return _("No electricity from %(starts)s until %(ends)s.") % {"starts": said.moment(starts), "ends": said.moment(ends)}


def _off(said: Said) -> str:
    starts, ends = said.time("starts_at"), said.time("ends_at")
    if starts is None or ends is None:
        return _("The outage that we told you of does not come.")
    known = {"starts": said.moment(starts), "ends": said.moment(ends)}
    return _("The outage planned from %(starts)s until %(ends)s does not come. You keep electricity.") % known
