"""The notification centre's filters: which kind, which account. They stand in the address, so that older pages and a reload keep them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext

from bijoli.customers.reads import AccountView
from bijoli.web.person import account, accounts, called


@dataclass(frozen=True, slots=True)
class Choice:
    """One link: its words, its address, and whether it is what is shown."""

    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """`kind` is "" for all; `account` None for all."""

    kind: str
    account: AccountView | None

    def url(self, **more: str) -> str:
        """The list with these filters; `before` goes on with older ones."""
        asked = {"kind": self.kind, "account": str(self.account.public_id) if self.account else "", **more}
        given = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(given)}" if given else "./"

    def kinds(self) -> list[Choice]:
        return [Choice(name, self.url(kind=kind), kind == self.kind) for kind, name in kind_names().items()]

    def accounts(self, request: HttpRequest) -> list[Choice]:
        """None where there is nothing to choose from."""
        mine = accounts(request)
        if len(mine) < 2:
            return []
        each = [Choice(called(one), self.url(account=str(one.public_id)), one == self.account) for one in mine]
        return [Choice(gettext("All accounts"), self.url(account=""), self.account is None), *each]


def kind_names() -> dict[str, str]:
    """In short words, the first for all."""
    return {
        "": gettext("All"),
        "low": gettext("Low balance"),
        "zero": gettext("Finished"),
        "overload": gettext("Overload"),
        "tamper": gettext("Meter"),
        "slab": gettext("Price steps"),
        "pay": gettext("Payments"),
        "bill": gettext("Bills"),
        "closed": gettext("Recharge closed"),
        "share": gettext("Sharing"),
        "notice": gettext("Notices"),
        "case": gettext("Complaints"),
        "storm": gettext("Your line"),
    }


def filters(request: HttpRequest) -> Filters:
    """What was asked for; nonsense is as if nothing had been. Http404 for an account that is not theirs."""
    kind, wish = request.GET.get("kind", ""), request.GET.get("account", "")
    try:
        chosen = account(request, UUID(wish))
    except ValueError:
        chosen = None
    return Filters(kind if kind in kind_names() else "", chosen)
