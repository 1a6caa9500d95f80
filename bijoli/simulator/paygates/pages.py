"""The hosted pages of the simulated gateways: in Bangla and English, phone-sized, without JavaScript, and plainly marked as simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

STYLE = """
*{box-sizing:border-box} body{margin:0;background:#f2f3f5;color:#1c1e21;
font:16px/1.5 "Hind Siliguri","Noto Sans Bengali",system-ui,sans-serif}
.mark{background:#1c1e21;color:#ffd54a;text-align:center;padding:.4rem 1rem;font-weight:600}
main{max-width:26rem;margin:0 auto;background:#fff;min-height:calc(100vh - 2.4rem)}
header{background:var(--brand);color:#fff;padding:1.1rem 1.25rem} h1{font-size:1.35rem;margin:0} header p{margin:.15rem 0 0}
.sum{padding:1.25rem;border-bottom:1px solid #dfe1e5} .sum b{display:block;font-size:2rem;line-height:1.2} .sum small{color:#5c6066}
form{padding:1rem 1.25rem;display:grid;gap:.75rem}
button,.go{min-height:3.25rem;border-radius:.6rem;border:2px solid var(--brand);background:#fff;color:var(--brand);
font:inherit;font-weight:600;cursor:pointer;width:100%} button.first{background:var(--brand);color:#fff}
button span{display:block;font-weight:400;font-size:.85rem} button:focus-visible{outline:3px solid #1c1e21;outline-offset:2px}
.note{padding:0 1.25rem 1.5rem;color:#5c6066;font-size:.9rem}
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
    return page(look, f'<p class="sum">{escape(bangla)}<br><span lang="en">{escape(english)}</span></p>')


def page(look: Look, body: str) -> str:
    """The frame of every page; `body` is HTML."""
    return (
        '<!doctype html><html lang="bn"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(look.name)} (simulated)</title>'
        f"<style>:root{{--brand:{look.colour}}}{STYLE}</style></head><body>"
        '<div class="mark" role="note">নকল পাতা, আসল টাকা নয় · <span lang="en">SIMULATED, no real money</span></div>'
        f'<main><header><h1 lang="en">{escape(look.name)}</h1><p>পেমেন্ট · <span lang="en">Payment</span></p></header>{body}'
        '<p class="note">এই পাতা শুধু পরীক্ষার জন্য, এই কম্পিউটারেই চলে।<br>'
        '<span lang="en">This page is for trying things out; it runs on this machine alone.</span></p></main></body></html>'
    )
