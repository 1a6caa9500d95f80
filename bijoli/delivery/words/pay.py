"""PAY: what became of a payment, for its payer alone: P1 on the meter, P2 tokens, P3 a person looks at it, P4 sent back, P5 a bill paid."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bijoli.delivery.words.said import Said, Words


def words(said: Said) -> Words:
    known = {"amount": said.taka(said.number("paisa") or 0, 0 if (said.number("paisa") or 0) % 100 == 0 else 2), "place": said.place}
    known |= {"number": str(said.facts.get("number", ""))}
    title, body, more = {"P1": _arrived, "P2": _tokens, "P3": _looked_at, "P4": _sent_back, "P5": _bill}[said.code]()
    return Words(title % known, body % known, said.explained(lambda: body % known + ".", lambda: more % known), "pay")


def _arrived() -> tuple[str, str, str]:
    return _("Recharge is on the meter"), _("%(place)s: %(amount)s is on the meter"), _("The receipt shows every charge.")


def _tokens() -> tuple[str, str, str]:
    return (
        _("Your recharge token is here"),
        _("%(place)s, %(amount)s: open to see the token"),
        _("Type it into the meter: the money is on it only after that."),
    )


def _looked_at() -> tuple[str, str, str]:
    return (
        _("We are looking into your payment"),
        _("%(place)s, %(amount)s: a person looks at it, you lose nothing"),
        _("If you call us, give the number %(number)s."),
    )


def _sent_back() -> tuple[str, str, str]:
    return _("Your money was sent back"), _("%(place)s: %(amount)s was sent back to you"), _("The number of the payment was %(number)s.")


def _bill() -> tuple[str, str, str]:
    return _("The bill is paid"), _("%(place)s: %(amount)s was paid"), _("The receipt stands with the payment.")
