"""What the demo says when it is up: where to look, as whom, and what to try."""

from __future__ import annotations

from django.conf import settings

from bijoli.simulator.people import DEMO_METERS, DEMO_PHONE

STAFF_PHONE, STAFF_NAME = "01799000001", "সালমা বেগম"
SECOND_PHONE, SECOND_NAME = "01799000002", "আনিসুর রহমান"  # what two people must do needs two

CAUSES = (
    ("low", "low balance"),
    ("zero", "balance finished, supply off"),
    ("overload", "over the sanctioned load"),
    ("tamper", "the meter reports an unusual event"),
    ("recharge", "a recharge arrives, supply is back"),
)


def words(url: str) -> str:
    """The address, the phone number, and one command for each alert. Rich's markup."""
    home = DEMO_METERS[0]
    causes = "\n".join(f"    ./manage.py cause {kind:9s}{home}   {meaning}" for kind, meaning in CAUSES)
    return f"""
[bold]Bijoli is running:  {url}[/]
Sign in with [bold]{DEMO_PHONE}[/]; the code appears here (or say ./manage.py code {DEMO_PHONE}).

To see a push, in a second terminal in this folder:
    ./manage.py phone                          Firefox, prepared for the local push service: no internet needed
    then sign in, Settings, turn notifications on, and cause something at the meter of the home:
{causes}
    ./manage.py finding {home} "all well"   staff close the tamper

To pay: Recharge, choose an amount, then bKash, Nagad or a card. Their pages are simulated here and take no real money; watch the
recharge arrive on the meter. The village house has a keypad meter: its tokens are shown.

The staff's pages: {url}/staff/ as [bold]{STAFF_PHONE}[/]; after the code, ./manage.py staff code {STAFF_PHONE} tells the second one.
What two people must do (tariffs, refunds) needs [bold]{SECOND_PHONE}[/] too.

More in docs/try.md. The data lies in {settings.DATA_FOLDER} and stays for the next start. Ctrl-C stops everything."""
