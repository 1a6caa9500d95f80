"""What each address of the site is: the one table. An address that is not here fails the walk, and so does a line without an address.

The ids that stand in an address are named by what they belong to in `place.Place`; a word in quotes is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

from bijoli.monitor.door import PAGES

OPEN, PAGE, SCRIPT, MACHINE, STAFF = "open", "page", "script", "machine", "staff"
DIVISION, OFFICE, ALL = "division", "office", "all"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is behind the address, and whose ids it takes.

    door: open to anyone, a customer's page (guests are led to sign in), a script's or a machine's (401), the staff's.
    ids: what the parts of the address belong to. needs: the staff's right, or any of several; "" for all of them, None for the way in.
    whose: of a division, the head office's alone, or every colleague's with the right.
    reads: whether GET shows something to who may see it.
    """

    door: str
    ids: tuple[str, ...] = ()
    needs: str | None = None
    whose: str = ALL
    reads: bool = True


def page(*ids: str) -> Rule:
    return Rule(PAGE, ids)


def deed(*ids: str) -> Rule:
    """A customer's address that only takes a POST, or leads on to another page."""
    return Rule(PAGE, ids, reads=False)


def desk(needs: str | None, *ids: str, whose: str = DIVISION) -> Rule:
    return Rule(STAFF, ids, needs, whose)


def does(needs: str | None, *ids: str, whose: str = DIVISION) -> Rule:
    """A button of the staff: POST alone."""
    return Rule(STAFF, ids, needs, whose, reads=False)


_CUSTOMERS = {
    "": page(),
    "n/": page(),
    "n/read": deed(),
    "n/<uuid:public_id>/": page("notification"),
    "n/<uuid:public_id>/read": deed("notification"),
    "n/<uuid:public_id>/wrong/": page("notification"),
    "usage/": deed(),
    "usage/<uuid:public_id>/": page("account"),
    "usage/<uuid:public_id>/months/": page("account"),
    "usage/<uuid:public_id>/load/": page("account"),
    "usage/<uuid:public_id>/recharges/": page("account"),
    "usage/<uuid:public_id>/<slug:page>.<slug:form>": page("account", "'daily'", "'csv'"),
    "usage/<uuid:public_id>/why/": page("account"),
    "recharge/": deed(),
    "recharge/<uuid:public_id>/": page("account"),
    "recharge/<uuid:public_id>/quote/": deed("account"),
    "recharge/<uuid:public_id>/receipt.pdf": deed("account"),
    "recharge/other/": page(),
    "pay/<uuid:public_id>/": page("order"),
    "pay/<uuid:public_id>/go/": deed("order"),
    "pay/<uuid:public_id>/state": page("order"),
    "pay/<uuid:public_id>/typed": deed("order"),
    "pay/<uuid:public_id>/receipt.pdf": page("order"),
    "pay/<uuid:public_id>/back/": Rule(OPEN, ("order",)),  # a gateway's page leads any browser here, on to the order's page: the payer's
    "bills/": deed(),
    "bills/<uuid:public_id>/": deed("account"),
    "bills/<uuid:public_id>/pay/": deed("account"),
    "bills/<uuid:public_id>/<uuid:bill_id>/": page("account", "bill"),
    "bills/<uuid:public_id>/<uuid:bill_id>/pdf": page("account", "bill"),
    "bills/<uuid:public_id>/<uuid:bill_id>/pay/": page("account", "bill"),
    "settings/": page(),
    "settings/alerts/": page(),
    "settings/email/": page(),
    "settings/email/code/": deed(),
    "settings/email/remove": deed(),
    "settings/accounts/add/": page(),
    "settings/accounts/code/": deed(),
    "settings/accounts/<uuid:public_id>/leave/": page("account"),
    "settings/accounts/<uuid:public_id>/people/": page("account"),
    "settings/accounts/<uuid:public_id>/people/<uuid:person_id>/": deed("account", "guest"),
    "settings/accounts/<uuid:public_id>/invitations/<uuid:invitation_id>/": deed("account", "invitation"),
    "settings/invitations/<uuid:public_id>/": deed("invitation"),
    "settings/privacy/": page(),
    "settings/privacy/download/": deed(),
    "settings/privacy/delete/": page(),
    "settings/devices/<uuid:public_id>/remove": deed("device"),
    "accounts/passkeys/": page(),
    "accounts/passkeys/offer/": deed(),
    "accounts/passkeys/confirm/": deed(),
    "accounts/passkeys/options/": deed(),
    "accounts/passkeys/add/": deed(),
    "accounts/passkeys/change/": deed(),
    "accounts/profile/": page(),
    "accounts/profile/name/": deed(),
    "accounts/profile/accounts/": deed(),
    "accounts/profile/devices/end/": deed(),
    "accounts/profile/devices/end-all/": deed(),
    "help/complaints/": page(),
    "help/complaints/new/": page(),
    "help/complaints/<uuid:public_id>/": page("complaint"),
    "help/complaints/<uuid:public_id>/say": deed("complaint"),
    "help/complaints/<uuid:public_id>/reopen": deed("complaint"),
    "help/complaints/<uuid:public_id>/rate": deed("complaint"),
    "help/complaints/<uuid:public_id>/follow": deed("complaint"),
    "help/complaints/<uuid:public_id>/photo/<uuid:photo_id>": page("complaint", "photo"),
    "help/power/": deed(),
    "help/power/<uuid:public_id>/": page("account"),
    "help/power/<uuid:public_id>/ask": deed("account"),
}
_OTHERS = {
    **dict.fromkeys(("help/", "language/", "theme/", "sw.js", "manifest.webmanifest", "offline/", "push/receipt"), Rule(OPEN)),
    **dict.fromkeys(("health", "ready", "metrics", "accounts/logout/", "accounts/login/", "accounts/login/code/"), Rule(OPEN)),
    **dict.fromkeys(("accounts/login/passkey/options/", "accounts/login/passkey/"), Rule(OPEN)),
    **dict.fromkeys(("push/key", "push/subscribe", "push/unsubscribe", "push/trial", "push/trial/state", "unread"), Rule(SCRIPT)),
    **dict.fromkeys(("ingest/readings", "ingest/events", "till/bills", "till/biller/query", "till/biller/pay"), Rule(MACHINE)),
    "till/notice/<slug:name>/": Rule(OPEN, ("'paper'",)),  # a hint that is never believed
}


def _desk(
    model: str, *ids: str, needs: str = "", whose: str = DIVISION, lists: bool = True, row: bool = True, verbs: dict[str, str] | None = None
) -> Any:
    """The addresses that each desk has: its list, a row where `ids` says whose, and its verbs on a row with the right of each."""
    app, name = model.split(".")
    needs = needs or f"{app}.view_{name}"
    here, kind = f"staff/{app}/{name}/", "str"
    rules = {here: desk(needs if lists else "", whose=ALL)}
    if ids:
        rules[f"{here}<{kind}:object_id>/"] = Rule(STAFF, ids, needs, whose, row)
    return rules | {f"{here}<uuid:object_id>/{verb}/": does(right, *ids, whose=whose) for verb, right in (verbs or {}).items()}


_CHANGES = "complaints.change_complaint"
_MOVES = dict.fromkeys(("assign", "work", "reply", "note", "resolve", "pass"), _CHANGES)
_REVIEWS = dict.fromkeys(("accept", "again", "split"), "payments.review_order") | {"ask": "payments.ask_order"}
_REFUNDS = dict.fromkeys(("approve", "name"), "payments.approve_refund")
_REFUNDS |= {"withdraw": "payments.propose_refund payments.approve_refund"}
_SHEETS, _SHEET, _EDITS = "staff/reports/sheet/", "reports.view_sheet", "reports.edit_sheet"
_RATES = "staff/tariffs/tarifforder/"
_DESKS = {
    **_desk("customers.customer", "customer", lists=False),
    **_desk("customers.account", "account", lists=False),
    **_desk("metering.meter", "meter.pk", lists=False),
    **_desk("delivery.notification", "notification", lists=False),
    **_desk("metering.meterevent", "event.pk"),
    **_desk("complaints.complaint", "complaint", verbs=_MOVES),
    **_desk("alerts.episode", "tamper.pk"),
    "staff/alerts/episode/<int:object_id>/finding/": does("alerts.change_episode", "tamper.pk"),
    **_desk("alerts.dispute", "dispute", verbs={"answer": "alerts.change_dispute"}),
    **_desk("insight.question", "question", verbs={"answer": "insight.change_question"}),
    **_desk("insight.looked", "'1'", row=False),
    **_desk("payments.order", "order", verbs=_REVIEWS),
    **_desk("payments.refund", "refund", verbs=_REFUNDS),
    **_desk("alerts.workorder", "work", verbs={"cancel": "alerts.approve_workorder"}),
    **_desk("alerts.storm", "storm.pk"),
    **_desk("notices.notice", "notice", verbs={"approve": "notices.approve_notice", "cancel": "notices.propose_notice"}),
    **_desk("payments.closure", "closure", whose=ALL, verbs={"cancel": "payments.announce_closure"}),
    **_desk("delivery.delivery"),
    **_desk("payments.gatewaycall"),
    **_desk("payments.entry", whose=OFFICE),
    **_desk("payments.billreject", "billrow.pk"),
    **_desk("payments.billsource", "billsource.pk", whose=OFFICE),
    **_desk("payments.reconciliation", "reconciliation.day", whose=OFFICE),
    **_desk("ingest.reject", "reject.pk", whose=OFFICE),
    **_desk("ingest.gateway", "gateway.pk", whose=OFFICE),
    **_desk("customers.deed", "deed.pk", whose=OFFICE),
    **_desk("staff.looked", "looked.pk", whose=OFFICE),
    **_desk("staff.staffscope", "scope.pk", whose=OFFICE),
    **_desk("tariffs.tarifforder", "tariff", whose=ALL, verbs={"approve": "tariffs.approve_tarifforder"}),
    **_desk("reports.sheet", whose=ALL),
    "staff/customers/customer/<uuid:object_id>/whole/": desk("customers.view_customer", "customer"),
    "staff/customers/customer/<uuid:object_id>/signout/": does("customers.change_customer", "customer"),
    "staff/customers/account/<uuid:object_id>/whole/": desk("customers.view_account", "account"),
    "staff/customers/account/<uuid:object_id>/ask/": does("metering.view_meter", "account"),
    "staff/metering/meter/<str:object_id>/why/": desk("metering.view_meter", "meter.pk"),
    "staff/complaints/complaint/<uuid:object_id>/photo/<uuid:photo_id>/": desk("complaints.view_complaint", "complaint", "photo"),
    "staff/payments/order/find/": desk("payments.view_order", whose=ALL),
    "staff/payments/billreject/find/": desk("payments.view_billreject", whose=ALL),
    "staff/payments/billreject/<int:object_id>/handled/": does("payments.change_billreject", "billrow.pk"),
    "staff/payments/billsource/<int:object_id>/revoke/": does("payments.change_billsource", "billsource.pk", whose=OFFICE),
    "staff/payments/order/<uuid:object_id>/refund/<str:payment>/": does("payments.propose_refund", "order", "payment.pk"),
    "staff/alerts/workorder/approve/": desk("alerts.approve_workorder", whose=ALL),
    "staff/notices/notice/propose/": desk("notices.propose_notice", whose=ALL),
    "staff/payments/closure/announce/": desk("payments.announce_closure", whose=OFFICE),
    "staff/payments/entry/balances.csv": desk("payments.view_entry", whose=OFFICE),
    "staff/payments/entry/postings.csv": desk("payments.view_entry", whose=OFFICE),
    "staff/payments/reconciliation/<str:object_id>/again/": does("payments.run_reconciliation", "reconciliation.day", whose=OFFICE),
    "staff/payments/reconciliation/<str:object_id>/differences.csv": desk(
        "payments.view_reconciliation", "reconciliation.day", whose=OFFICE
    ),
    "staff/ingest/reject/retry/": does("ingest.change_reject", whose=OFFICE),
    "staff/ingest/gateway/<int:object_id>/revoke/": does("ingest.change_gateway", "gateway.pk", whose=OFFICE),
    _RATES + "class/<str:code>/": desk("tariffs.view_tarifforder", "'LT-A'", whose=ALL),
    _RATES + "class/<str:code>/propose/": desk("tariffs.propose_tarifforder", "'LT-A'", whose=ALL),
    _RATES + "class/<str:code>/<str:day>/": Rule(STAFF, ("'LT-A'", "'2026-01-01'"), "tariffs.view_tarifforder", reads=False),
    _RATES + "<uuid:object_id>/withdraw/": does("tariffs.withdraw_tarifforder", "tariff", whose=ALL),
    _SHEETS + "service/": desk(_SHEET, whose=ALL),
    _SHEETS + "service/edit/": desk(_EDITS, whose=OFFICE),
    _SHEETS + "saving/<slug:dimension>/": desk(_EDITS, "'time'", whose=OFFICE),
    _SHEETS + "year/<int:year>/": desk(_SHEET, "'2026'", whose=ALL),
    _SHEETS + "year/<int:year>/new/": desk(_EDITS, "'2026'", whose=OFFICE),
    _SHEETS + "indicator/<uuid:key>/": desk(_EDITS, "indicator.indicator", whose=OFFICE),
    _SHEETS + "<slug:page>.<slug:form>": desk(_SHEET, "'service'", "'csv'", whose=ALL),
    "staff/": desk("", whose=ALL),
    "staff/jsi18n/": desk("", whose=ALL),
    "staff/find/": desk("", whose=ALL),
    "staff/elevate/": desk("", whose=ALL),
    "staff/elevate/end/": does("", whose=ALL),
    "staff/codes/": does("", whose=ALL),
    "staff/leave/": does(None, whose=ALL),
    "staff/prove/": does(None, whose=ALL),
    "staff/enrol/": does(None, whose=ALL),
    "staff/(?P<url>.*)$": Rule(STAFF, ("'nowhere/'",), None, reads=False),
}
RULES: dict[str, Rule] = {**_CUSTOMERS, **_OTHERS, **_DESKS}


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for each in patterns:
        here = before + str(each.pattern)
        yield from _routes(each.url_patterns, here) if hasattr(each, "url_patterns") else [here]


ROUTES = sorted({*_routes(get_resolver().url_patterns), *(path.lstrip("/") for path in PAGES)})


def routes(door: str) -> list[str]:
    """Those of one door, of the routes that the site has."""
    return [route for route in ROUTES if route in RULES and RULES[route].door == door]
