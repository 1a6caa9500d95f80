"""The hosted pages of the simulated gateways: in Bangla and English, phone-sized, without JavaScript, and plainly marked as simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
*{box-sizing:border-box} body{margin:0;background:#f2f3f5;color:#1c1e21;
font:16px/1.5 "Hind Siliguri","Noto Sans Bengali",system-ui,sans-serif}
.mark{background:#1c1e21;color:#ffd54a;text-align:center;padding:.5rem 1rem;font-weight:600;line-height:1.35}
.mark span{display:block;font-size:.8rem}
main{max-width:26rem;margin:0 auto} header{background:var(--brand);color:#fff;padding:1.25rem 1.25rem 3.25rem}
h1{font-size:1.5rem;margin:0;line-height:1.3} header p{margin:0}
.card{background:#fff;margin:-2rem 1rem 0;border-radius:1rem;box-shadow:0 2px 12px #1c1e2126;overflow:hidden}
.sum{padding:1.25rem;text-align:center;border-bottom:1px dashed #c9ccd1} .sum b{display:block;font-size:2.25rem;line-height:1.35}
.sum small{color:#5c6066} form{padding:1.25rem;display:grid;gap:.75rem}
button{min-height:3.75rem;border-radius:.75rem;border:1.5px solid #c9ccd1;background:#fff;color:var(--brand);padding:.5rem 1rem;
font:inherit;font-weight:600;line-height:1.3;cursor:pointer;width:100%}
button.first{background:var(--brand);border-color:var(--brand);color:#fff}
button span{display:block;font-weight:400;font-size:.85rem} button:focus-visible{outline:3px solid #1c1e21;outline-offset:2px}
.over{padding:2rem 1.25rem;text-align:center;margin:0;font-weight:600} .over span{font-weight:400;color:#5c6066}
.note{padding:1.25rem;margin:0;color:#5c6066;font-size:.85rem;text-align:center}
@media (prefers-color-scheme:dark){body{background:#121417;color:#f1f2f4} .card{background:#1e2125;box-shadow:none}
button{background:#1e2125;color:#f1f2f4;border-color:#4a4f57} .sum{border-color:#4a4f57} .sum small,.over span,.note{color:#b3b8c0}
button:focus-visible{outline-color:#f1f2f4}}
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a gateway looks: its name and one dark colour on which white can be read."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of the hosted page; the first one is the happy way. `plain`: pay, fail, cancel, where `value` is its own word."""

    value: str
    bangla: str
    english: str
    plain: str = ""


def hosted(look: Look, number: str, amount: str, choices: Sequence[Choice]) -> str:
    """The page on which the person decides. Its form posts `choice` to the page's own address."""
    buttons = "".join(
        f'<button class="{"first" if n == 0 else "other"}" name="choice" value="{escape(choice.value)}">'
        f'{escape(choice.bangla)}<span lang="en">{escape(choice.english)}</span></button>'
        for n, choice in enumerate(choices)
    )
    summary = (
        f'<div class="sum"><small>মোট · <span lang="en">Total</span></small><b>৳ {escape(amount)}</b>'
        f'<small>অর্ডার · <span lang="en">Order</span> {escape(number)}</small></div>'
    )
    return page(look, f'{summary}<form method="post">{buttons}</form>')


def leaving(look: Look, url: str, fields: Mapping[str, str]) -> str:
    """Sends the browser back to the merchant by a POST across sites: by itself, or by a button where there is no JavaScript."""
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items())
    button = '<button class="first">ফিরে যান<span lang="en">Back to the shop</span></button>'
    form = f'<form id="back" method="post" action="{escape(url)}">{hidden}{button}</form>'
    return page(look, form + '<script>document.getElementById("back").submit()</script>')


def closed(look: Look, bangla: str, english: str) -> str:
    """A page that leads nowhere."""
    return page(look, f'<p class="over">{escape(bangla)}<br><span lang="en">{escape(english)}</span></p>')


def page(look: Look, body: str) -> str:
    """The frame of every page; `body` is HTML."""
    return (
        '<!doctype html><html lang="bn"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="data:,"><title>{escape(look.name)} (simulated)</title>'
        f"<style>:root{{--brand:{look.colour}}}{STYLE}</style></head><body>"
        '<div class="mark" role="note">নকল পাতা, আসল টাকা নয়<span lang="en">SIMULATED, no real money</span></div>'
        f'<main><header><h1 lang="en">{escape(look.name)}</h1><p>পেমেন্ট · <span lang="en">Payment</span></p></header>'
        f'<div class="card">{body}</div>'
        '<p class="note">এই পাতা শুধু পরীক্ষার জন্য, এই কম্পিউটারেই চলে।<br>'
        '<span lang="en">This page is for trying things out; it runs on this machine alone.</span></p></main></body></html>'
    )
