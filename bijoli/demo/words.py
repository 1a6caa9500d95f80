"""What the demo says when it is up: where to look, as whom, and what to try."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from bijoli.simulator.people import DEMO_METERS, DEMO_PHONE

CAUSES = (
    ("low", "low balance"),
    ("zero", "balance finished, supply off"),
    ("overload", "over the sanctioned load"),
    ("tamper", "meter tampered"),
    ("recharge", "a recharge arrives"),
)


def words(url: str) -> RenderableType:
    """The panel with the address, the phone number, and one command for each alert."""
    table = Table.grid(padding=(0, 2))
    table.add_row("Open", f"[bold]{url}[/]")
    table.add_row("Sign in with", f"[bold]{DEMO_PHONE}[/]  (the code appears here; or: ./manage.py code {DEMO_PHONE})")
    table.add_row("No internet?", "./manage.py phone   opens Firefox, prepared for the local push service")
    table.add_row("", "Then: Settings > turn on notifications on this device")
    for kind, meaning in CAUSES:
        table.add_row("Cause an alert" if kind == "low" else "", f"./manage.py cause {kind} {DEMO_METERS[0]}   {meaning}")
    table.add_row("Close a tamper", f'./manage.py finding {DEMO_METERS[0]} "checked, all well"')
    return Group(Panel(table, title="Bijoli is running", expand=False), "Ctrl-C stops everything; the data stays for the next start.")
