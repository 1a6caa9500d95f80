"""What the sign-in tests share: the steps, the codes that left, and time that passes."""

import re
from datetime import timedelta

from bijoli.customers.models import Limit

PHONE = "+8801700000001"
LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


def codes_in(capsys):
    """Answers with the codes that left so far, the latest last."""
    seen = []

    def codes_sent():
        seen.extend(re.findall(r"sign-in code for …\d{4}: (\d{6})$", capsys.readouterr().out, re.M))
        return seen

    return codes_sent


def ask(client, number="01700-000001", **more):
    return client.post(LOGIN, {"phone": number, **more})


def later(client, seconds):
    """Lets time pass: the code in the session gets older, and so do the limits."""
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= seconds
    session.save()
    for limit in Limit.objects.all():
        Limit.objects.filter(pk=limit.pk).update(until=limit.until - timedelta(seconds=seconds))
