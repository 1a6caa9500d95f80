"""The form of a proposed tariff: it begins with the tariff in force, and gives back a whole `[[tariff]]` table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.bangla import latin
from bijoli.core.tariff import Tariff, TariffError, read_one, table_of
from bijoli.staff.desks import say
from bijoli.staff.forms import Marked

FREE_SLABS = 2  # rows of the form beside the slabs in force
PHASES = ("1", "3")
VAT_ON = [("energy", _("energy")), ("demand", _("demand charge")), ("rent", _("meter rent")), ("rebate", _("rebate"))]


class Numeral(forms.CharField):
    """A number as text, in Latin or Bangla digits, with at most `places` decimals. Gives decimal text, "" for nothing."""

    def __init__(self, *, places: int, **options: Any) -> None:
        self.places = places
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=16, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> str:
        text = "".join(latin(super().clean(value)).replace("৳", "").replace("%", "").replace(",", "").split())
        if not text:
            return ""
        try:
            number = Decimal(text) if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal() else None
        except InvalidOperation:
            number = None
        if number is None or -int(number.as_tuple().exponent) > self.places:
            words = ngettext("A number with at most %(count)s decimal.", "A number with at most %(count)s decimals.", self.places)
            raise forms.ValidationError(words % {"count": say.count(self.places)})
        return f"{number:f}"


def taka(label: Any, required: bool = True) -> Numeral:
    return Numeral(places=2, label=label, required=required)


def percent(label: Any, required: bool = True) -> Numeral:
    return Numeral(places=1, label=label, required=required)


class TariffForm(Marked):
    """`base` is the tariff in force: what the form does not ask (name, hours, when charges leave) stays as it is."""

    since = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    demand = taka(_("Demand charge, taka per kW and month"))
    lifeline_upto = Numeral(places=3, label=_("Lifeline up to, units"), required=False)
    lifeline_rate = taka(_("Lifeline rate, taka per unit"), required=False)
    vat_percent = percent(_("VAT, percent"))
    vat_on = forms.MultipleChoiceField(label=_("VAT is on"), choices=VAT_ON, required=False, widget=forms.CheckboxSelectMultiple)
    rebate_percent = percent(_("Rebate, prepaid, percent of the energy"))
    late_percent = percent(_("Late payment surcharge, percent"), required=False)
    source = forms.CharField(label=_("Source: the order's number and date"), max_length=200)
    note = forms.CharField(label=_("Note for colleagues"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, base: Tariff, *args: Any, **kwargs: Any) -> None:
        self.base, table = base, table_of(base)
        self.slab_rows = len(base.slabs) + FREE_SLABS
        self.times = list(base.times)
        super().__init__(*args, **{"initial": _initial(table), **kwargs})
        self.fields["since"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()
        for row in range(self.slab_rows):
            self.fields[f"upto_{row}"] = Numeral(places=3, label=_("Up to, units"), required=False)
            self.fields[f"rate_{row}"] = taka(_("Taka per unit"), required=False)
        for position, _name in enumerate(self.times):
            self.fields[f"time_{position}"] = taka(_("Taka per unit"))
        for phases in PHASES:
            self.fields[f"rent_{phases}"] = taka(_("Meter rent, prepaid"), required=False)
            self.fields[f"rent_postpaid_{phases}"] = taka(_("Meter rent, postpaid"), required=False)

    def clean_since(self) -> Any:
        since = self.cleaned_data["since"]
        if since <= timezone.localdate():
            raise forms.ValidationError(gettext("An order begins tomorrow at the earliest."))
        return since

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        self._check_slabs(given)
        if not self.errors and bool(given["lifeline_upto"]) != bool(given["lifeline_rate"]):
            self.add_error("lifeline_rate", gettext("The lifeline needs both, its end and its rate; leave both empty where there is none."))
        if not self.errors:
            self._check_whole()
        return given

    def table(self) -> dict[str, Any]:
        """The whole `[[tariff]]` table that was typed. Valid forms only."""
        given, table = self.cleaned_data, table_of(self.base)
        table |= {name: given[name] for name in ("demand", "vat_percent", "vat_on", "rebate_percent", "source")}
        table["from"] = given["since"].isoformat()
        table["slabs"] = [_slab(upto, rate) for upto, rate in self._slabs(given)]
        table["times"] = {name: given[f"time_{position}"] for position, name in enumerate(self.times)}
        for key in ("rent", "rent_postpaid"):
            typed = {phases: given[f"{key}_{phases}"] for phases in PHASES if given[f"{key}_{phases}"]}
            table[key] = {phases: rent for phases, rent in table[key].items() if phases not in PHASES} | typed
        table.pop("lifeline", None)
        table.pop("late_percent", None)
        if given["lifeline_upto"]:
            table["lifeline"] = _slab(given["lifeline_upto"], given["lifeline_rate"])
        if given["late_percent"]:
            table["late_percent"] = given["late_percent"]
        return table

    # For the template

    def slab_pairs(self) -> list[tuple[Any, Any]]:
        return [(self[f"upto_{row}"], self[f"rate_{row}"]) for row in range(self.slab_rows)]

    def time_fields(self) -> list[tuple[str, Any]]:
        return [(name, self[f"time_{position}"]) for position, name in enumerate(self.times)]

    def rent_fields(self) -> list[tuple[int, Any]]:
        return [(int(phases), self[f"{key}_{phases}"]) for key in ("rent", "rent_postpaid") for phases in PHASES]

    # Checks

    def _slabs(self, given: Mapping[str, Any]) -> list[tuple[str, str]]:
        pairs = [(given[f"upto_{row}"], given[f"rate_{row}"]) for row in range(self.slab_rows)]
        return [pair for pair in pairs if any(pair)]

    def _check_slabs(self, given: dict[str, Any]) -> None:
        slabs = self._slabs(given)
        bare = [row for row in range(self.slab_rows) if given[f"upto_{row}"] and not given[f"rate_{row}"]]
        for row in bare:
            self.add_error(f"rate_{row}", gettext("This slab needs its rate."))
        ends = [upto for upto, _rate in slabs]
        if not slabs or ends[-1] or "" in ends[:-1]:
            self.add_error(None, gettext("Only the last slab has no end; it needs a rate."))
        elif (numbers := [Decimal(end) for end in ends[:-1]]) != sorted(set(numbers)):
            self.add_error(None, gettext("Each slab must end above the one before."))
        elif not self.errors and (found := [Decimal(rate) for _upto, rate in slabs]) != sorted(found):
            self.add_error(None, gettext("A higher slab must not be cheaper."))

    def _check_whole(self) -> None:
        """What the reader of tariff files says to it; and whether anything is changed at all."""
        try:
            tariff = read_one(self.table())
        except TariffError as error:
            self.add_error(None, gettext("This cannot be a tariff: %(reason)s") % {"reason": error})
            return
        ignored = {"from": "", "source": ""}
        if table_of(tariff) | ignored == table_of(self.base) | ignored:
            self.add_error(None, gettext("Nothing is changed: these are the rates in force."))


def _slab(upto: str, rate: str) -> dict[str, str]:
    return ({"upto_kwh": upto} if upto else {}) | {"rate": rate}


def _initial(table: Mapping[str, Any]) -> dict[str, Any]:
    initial = {name: table[name] for name in ("demand", "vat_percent", "vat_on", "rebate_percent")}
    initial["late_percent"] = table.get("late_percent", "")
    for row, slab in enumerate(table["slabs"]):
        initial |= {f"upto_{row}": slab.get("upto_kwh", ""), f"rate_{row}": slab["rate"]}
    for position, rate in enumerate(table["times"].values()):
        initial[f"time_{position}"] = rate
    if lifeline := table.get("lifeline"):
        initial |= {"lifeline_upto": lifeline["upto_kwh"], "lifeline_rate": lifeline["rate"]}
    for key in ("rent", "rent_postpaid"):
        initial |= {f"{key}_{phases}": rent for phases, rent in table[key].items() if phases in PHASES}
    return initial
