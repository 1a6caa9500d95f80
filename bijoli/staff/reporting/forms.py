"""What staff ask of the reports, and what they type into them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.reports.gather import LONGEST
from bijoli.reports.measures import MEASURES
from bijoli.staff.desks import say
from bijoli.staff.forms import Marked, PeriodForm
from bijoli.staff.scope import Scope
from bijoli.staff.tariffform import Numeral

TOO_LARGE = 10**12


class ReportForm(PeriodForm):
    """The days, and one division or all that may be seen."""

    division = forms.ChoiceField(label=_("Division"), required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [one.division for one in settings.UTILITY.offices] if scope.head_office else list(scope.divisions)
        self.fields["division"].choices = [("", gettext("All divisions")), *((key, say.office(key)) for key in keys)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if (first := given.get("first")) and (last := given.get("last")) and (last - first).days >= LONGEST:
            self.add_error("last", gettext("At most three years in one report."))
        return given


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def _text(label: Any, longest: int, lang: str = "", required: bool = False) -> forms.CharField:
    attrs = {"lang": lang} if lang else {}
    return forms.CharField(label=label, max_length=longest, required=required, widget=forms.TextInput(attrs=attrs))


def _long(label: Any, lang: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4, "lang": lang}))


class Figure(Numeral):
    """A number that the table has room for."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and Decimal(text) >= TOO_LARGE:
            raise forms.ValidationError(gettext("This number is too large."))
        return text


def _number(label: Any) -> Numeral:
    return Figure(places=2, label=label, required=False)


def _measures(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("typed")), *((key, one.name) for key, one in MEASURES.items())])


class Ordered(Marked):
    """Pairs of days that must not run backwards."""

    pairs: tuple[tuple[str, str], ...] = ()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for first, last in self.pairs:
            if given.get(first) and given.get(last) and given[first] > given[last]:
                self.add_error(last, gettext("The last day must not be before the first."))
        return given

    def decimal(self, name: str) -> Decimal | None:
        """A typed number; None where nothing was typed. Valid forms only."""
        return Decimal(self.cleaned_data[name]) if self.cleaned_data[name] else None


class SheetForm(Ordered):
    """The service sheet."""

    pairs = (("pilot_from", "pilot_until"), ("pilot_from", "launched_on"))
    name_bn = _text(_("Name of the service, in Bangla"), 200, "bn", required=True)
    name_en = _text(_("Name of the service, in English"), 200, "en", required=True)
    about_bn = _long(_("What it does, in Bangla"), "bn")
    about_en = _long(_("What it does, in English"), "en")
    pilot_from = _day(_("Pilot from"))
    pilot_until = _day(_("Pilot until"))
    launched_on = _day(_("Launched on"))


class SavingForm(Ordered):
    """One row of the TCVQ table. What is not known stays empty; what is known says where it comes from."""

    pairs = (("since", "until"),)
    before = _number(_("Before"))
    source = _text(_("Source of “before”: document, survey, page"), 300)
    measure = _measures(_("“After” is"))
    after = _number(_("After"))
    how = _text(_("How “after” was measured"), 300)
    sample = _text(_("Sample: on how many"), 120)
    since = _day(_("Measured from"))
    until = _day(_("Measured until"))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("before") and not given.get("source"):
            self.add_error("source", gettext("A figure needs its source."))
        if given.get("after") and given.get("measure"):
            self.add_error("after", gettext("It is measured here: leave this empty."))
        elif given.get("after") and not given.get("how"):
            self.add_error("how", gettext("Say how it was measured."))
        return given

    def given(self) -> dict[str, Any]:
        return self.cleaned_data | {name: self.decimal(name) for name in ("before", "after")}


class IndicatorForm(Ordered):
    """One indicator of a fiscal year."""

    name_bn = _text(_("Indicator, in Bangla"), 200, "bn", required=True)
    name_en = _text(_("Indicator, in English"), 200, "en", required=True)
    unit_bn = _text(_("Unit, in Bangla"), 40, "bn")
    unit_en = _text(_("Unit, in English"), 40, "en")
    target = _number(_("Target"))
    lower = forms.BooleanField(label=_("Less is better"), required=False)
    measure = _measures(_("The value is"))
    value = _number(_("Value"))
    source = _text(_("Source of the value"), 300)
    position = forms.IntegerField(label=_("Place in the table"), min_value=0, max_value=1000, initial=0)
    dropped = forms.BooleanField(label=_("Leave it out from now on"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("value") and given.get("measure"):
            self.add_error("value", gettext("It is measured here: leave this empty."))
        elif given.get("value") and not given.get("source"):
            self.add_error("source", gettext("A figure needs its source."))
        return given

    def given(self) -> dict[str, Any]:
        return self.cleaned_data | {name: self.decimal(name) for name in ("target", "value")}
