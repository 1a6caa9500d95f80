"""What staff type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.bangla import latin
from bijoli.staff.elevate import LONGEST, SHORTEST
from bijoli.staff.scope import Scope

LONGEST_ANSWER = 1000


class Marked(forms.Form):
    """A form whose wrong fields say so to a screen reader."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def is_valid(self) -> bool:
        right = super().is_valid()
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
        return right


class FactorForm(Marked):
    """Six digits of the app, or eight of a recovery code, in Latin or Bangla digits, with or without spaces."""

    code = forms.CharField(
        label=_("Code of your authenticator app"),
        max_length=20,
        error_messages={"required": _("Type the code that the app shows.")},
        widget=forms.TextInput(attrs={"class": "code", "inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "14"}),
    )

    def clean_code(self) -> str:
        code = "".join(latin(self.cleaned_data["code"]).replace("-", " ").split())
        if not (code.isascii() and code.isdecimal() and len(code) in (6, 8)):
            raise forms.ValidationError(gettext("The app shows six digits; a recovery code has eight."))
        return code


class EnrolForm(FactorForm):
    """The invitation, and the first code."""

    field_order = ("invitation", "code")
    invitation = forms.CharField(
        label=_("Invitation"),
        max_length=20,
        error_messages={"required": _("Type the invitation that you were told.")},
        widget=forms.TextInput(attrs={"class": "code", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class FindForm(Marked):
    """One exact number: of an account, a meter or a phone."""

    number = forms.CharField(
        label=_("Account, meter or mobile number"),
        max_length=30,
        error_messages={"required": _("Type a number.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class ReasonForm(Marked):
    """Why somebody must see everything about a person: it stands in the log beside each look."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=SHORTEST,
        max_length=LONGEST,
        error_messages={
            "required": _("Write why you need it: it is written down beside each look."),
            "min_length": _("Write why in a few words: a number of a call or a complaint, or what you look for."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AnswerForm(Marked):
    """What the customer reads under their own words."""

    answer = forms.CharField(
        label=_("Answer for the customer"),
        max_length=LONGEST_ANSWER,
        error_messages={"required": _("Write an answer: the customer reads it.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WhyForm(Marked):
    """The reason of a decision about money: colleagues read it, customers do not."""

    why = forms.CharField(label=_("Reason, for colleagues"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class FindingForm(Marked):
    """What was found at a meter: its customers read it."""

    why = forms.CharField(label=_("What was found, for the customer to read"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class RefForm(Marked):
    """The gateway's own number of a refund."""

    why = forms.CharField(label=_("The gateway's number of it"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class OrderForm(Marked):
    """One exact number of a payment."""

    number = forms.CharField(
        label=_("Number of the order, the gateway's transaction, or the account"),
        max_length=80,
        error_messages={"required": _("Type a number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class BillRowForm(Marked):
    """One exact number of a bill, or of an account."""

    number = forms.CharField(
        label=_("Number of the bill, or of the account"),
        max_length=30,
        error_messages={"required": _("Type a number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class HandledForm(Marked):
    """What was done about a bill that was not taken."""

    why = forms.CharField(label=_("What was done, for colleagues"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class PeriodForm(Marked):
    """First and last day, both included."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("first"), given.get("last")
        if first and last and not (2000 <= first.year <= last.year <= 2200 and first <= last):
            self.add_error("last", gettext("The last day must not be before the first."))
        return given


class NoticeForm(Marked):
    """Who is told what, and when. The divisions to choose from are given by the page."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("outage", _("Planned outage")), ("notice", _("Another notice"))],
        initial="outage",
        widget=forms.RadioSelect,
    )
    feeders = forms.CharField(label=_("Feeders, with commas between"), required=False, max_length=2000)
    divisions = forms.MultipleChoiceField(label=_("Divisions"), required=False, widget=forms.CheckboxSelectMultiple)
    accounts = forms.CharField(
        label=_("Account numbers"), required=False, max_length=200_000, widget=forms.Textarea(attrs={"rows": 3, "inputmode": "numeric"})
    )
    starts_at = forms.DateTimeField(
        label=_("Supply off from"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends_at = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    send_at = forms.DateTimeField(
        label=_("Send at; empty: at once"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    expires_at = forms.DateTimeField(
        label=_("Show until; empty: the outage's end, or three days"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    title_bn = forms.CharField(label=_("Title in Bangla"), max_length=80, widget=forms.TextInput(attrs={"lang": "bn"}))
    body_bn = forms.CharField(label=_("Text in Bangla"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "lang": "bn"}))
    title_en = forms.CharField(label=_("Title in English"), max_length=80, widget=forms.TextInput(attrs={"lang": "en"}))
    body_en = forms.CharField(label=_("Text in English"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}))

    def __init__(self, *args: Any, divisions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["divisions"].choices = divisions  # type: ignore[attr-defined]  # of a choice field


class ClosureForm(Marked):
    """When recharge is closed, what becomes of payments meanwhile, and what customers read."""

    starts_at = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    ends_at = forms.DateTimeField(label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    policy = forms.ChoiceField(
        label=_("Payments meanwhile"),
        choices=[("refuse", _("are refused")), ("hold", _("are taken, and reach the meters afterwards"))],
        initial="refuse",
        widget=forms.RadioSelect,
    )
    bangla = forms.CharField(
        label=_("Words for customers, in Bangla"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "lang": "bn"})
    )
    english = forms.CharField(
        label=_("Words for customers, in English"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "lang": "en"})
    )


class WorkForm(Marked):
    """Our own work at a meter or on a feeder; `scope` bounds the divisions."""

    place = forms.CharField(
        label=_("Number of the meter, or name of the feeder"),
        max_length=40,
        error_messages={"required": _("Type a number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    division = forms.ChoiceField(label=_("Division"))
    begins_at = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    ends_at = forms.DateTimeField(label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    what = forms.CharField(label=_("What is done"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = [one for one in settings.UTILITY.offices if scope.head_office or one.division in scope.divisions]
        field = self.fields["division"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above
        field.choices = [(one.division, one.name.get(get_language() or "en", one.division)) for one in offices]
