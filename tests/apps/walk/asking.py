"""How an address is asked: by each method, with somebody's ids in the path, in the query and in the form; and what of theirs came back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.test import Client

from bijoli.staff.site import site
from tests.apps.walk.place import Place
from tests.apps.walk.rules import RULES

PARTS = re.compile(r"<\w+:\w+>|\(\?P.*")
ELSEWHERE = "https://elsewhere.test/"


def address(route: str, *places: Place) -> str:
    """The route with ids of these places: the first one's in its first part, and so on; the last one's in the rest."""
    names, filled = RULES[route].ids, route
    for at, name in enumerate(names):
        filled = PARTS.sub(places[min(at, len(places) - 1)].part(name).replace("\\", ""), filled, count=1)
    assert not PARTS.search(filled), f"{route} has parts of which the rule says nothing"
    return "/" + filled


def addresses(route: str, hers: Place, own: Place | None = None) -> list[str]:
    """Hers; and where it has several parts, hers under what is the asker's own."""
    both = own is not None and len([name for name in RULES[route].ids if name[0] != "'"]) > 1
    return [address(route, hers), *([address(route, own, hers)] if both and own else [])]


def queries(path: str, hers: Place) -> list[dict[str, str]]:
    """Her ids by all names that addresses take in the query; a list of the staff, which takes its own filters alone, by each of them."""
    account, told = str(hers.account.public_id), str(hers.notification.public_id)
    known = {"account": account, "order": str(hers.order.public_id), "id": told, "alert": told, "before": told, "next": ELSEWHERE}
    known |= {"complaint": str(hers.complaint.public_id), "charge": "0", "credit": "0", "day": str(hers.now.date()), "show": "taka"}
    known |= {"division": hers.division, "q": hers.customer.name}
    wished = {"state": "all", "whose": "all", "who": str(hers.colleague.pk), "gateway": "paper", "day": "all"}
    desk = next((one for one in site._registry.values() if path == f"/staff/{one.opts.app_label}/{one.opts.model_name}/"), None)
    filters = [getattr(one, "parameter_name", "") for one in desk.list_filter] if desk else []
    return [known, *({name: wished.get(name, "other")} for name in filters)]


def form(hers: Place) -> dict[str, Any]:
    """Her ids, numbers and words in every field that a form of the site has."""
    names = ("account", "order", "notification", "device", "customer", "bill", "complaint", "invitation", "photo", "guest")
    given = {name: str(getattr(hers, name).public_id) for name in names}
    given |= {"handle": hers.handle, "id": str(hers.session.pk), "name": "Intruder", "on": "low", "limit": "500", "from": "1:00"}
    given |= {"number": hers.account.number, "amount": "500", "gateway": "paper", "key": given["order"], "place": "0", "typed": "1"}
    given |= {"draft": str(hers.complaint.draft), "category": "no_supply", "text": "Intruder", "stars": "1", "alert": given["notification"]}
    given |= {"until": "2:00", "endpoint": hers.device.endpoint, "nickname": "Intruder", f"nickname-{given['account']}": "Intruder"}
    given |= {"next": ELSEWHERE, "person": given["guest"], "role": "owner", "phone": hers.customer.phone, "payment": str(hers.payment.pk)}
    given |= {"answer": "Intruder", "why": "Intruder", "to": str(hers.customer.pk), "division": hers.division, "finding": "other"}
    given |= {"reply-text": "Intruder", "note-text": "Intruder", "accounts": hers.account.number, "feeders": hers.feeder}
    # What Django's lists take: an action upon rows that were ticked, and their form
    given |= {"action": "delete_selected", "_selected_action": [str(hers.account.pk), str(hers.order.pk)], "post": "yes", "_save": "1"}
    return given


def asked(client: Client, paths: list[str], hers: Place, quick: bool = False) -> Iterator[tuple[str, Any]]:
    """Each address by each method, or `quick` by GET and POST alone; what was sent is said beside each answer."""
    given = form(hers)
    for path in paths:
        yield f"GET {path}", client.get(path)
        yield f"POST {path}", client.post(path, given)
        if quick:
            continue
        for query in queries(path, hers):
            yield f"GET {path} {query}", client.get(path, query)
        yield f"HEAD {path}", client.head(path)
        yield f"POST JSON {path}", client.post(path, json.dumps(given), content_type="application/json")
        for method in ("PUT", "DELETE", "OPTIONS"):
            yield f"{method} {path}", client.generic(method, path, json.dumps(given), content_type="application/json")


def content(answer: Any) -> str:
    """What was answered, headers too, without what a form shows again as it was typed."""
    body = b"".join(answer) if answer.streaming else answer.content
    text = body.decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return re.sub(r'value="[^"]*"|<textarea[^>]*>[^<]*</textarea>', "", text) + headers


def wrong(answer: Any, hers: Place) -> str:
    """What is wrong with an answer to somebody else: it fails, leads to another site, or holds something of hers; "" for nothing."""
    if answer.status_code >= 500:
        return f"fails with {answer.status_code}"
    if ELSEWHERE in answer.get("Location", "").split("?")[0]:
        return "leads to another site"
    onward = answer.get("Location", "").split("?")[0]
    if [one for one in hers.ids if one in onward and one not in answer.request["PATH_INFO"]]:
        return f"leads on to {onward}"
    text = content(answer)
    shown = [mark for mark in hers.marks if mark in text]
    return f"shows {shown}" if shown else ""
