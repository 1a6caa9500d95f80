"""What staff type at the complaint desk, and to whom a complaint may go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bijoli.complaints.line import LONGEST
from bijoli.core.complaint import Finding
from bijoli.customers.models import Customer
from bijoli.staff.desks import say
from bijoli.staff.forms import Marked
from bijoli.staff.roles import ROLES
from bijoli.web import complaintwords

MOST = 200  # colleagues to choose from
DOES = "complaints.change_complaint"


def colleagues(division: str) -> list[tuple[int, str]]:
    """Who may work on complaints of a division: of the division itself, else of the head office. Key and name."""
    roles = [key for key, role in ROLES.items() if DOES in role.may]
    there = Q(staff_scope__head_office=True) | (Q(staff_scope__divisions__contains=[division]) if division else Q())
    people = Customer.objects.filter(there, is_staff=True, is_active=True, groups__name__in=roles).distinct()
    rows = people.order_by("staff_scope__head_office", "name", "pk").values_list("pk", "name", "phone")[:MOST]
    return [(key, name or say.phone_masked(phone)) for key, name, phone in rows]


class AssignForm(Marked):
    to = forms.ChoiceField(label=_("Colleague"))

    def __init__(self, people: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = people  # type: ignore[attr-defined]


class WordsForm(Marked):
    """A reply or a note; which of them its prefix says."""

    text = forms.CharField(
        label=_("Words"),
        max_length=LONGEST,
        error_messages={"required": _("Write a few words first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ResolveForm(Marked):
    finding = forms.ChoiceField(label=_("Finding"), error_messages={"required": _("Choose what was found.")})
    answer = forms.CharField(
        label=_("What was found and done"),
        max_length=LONGEST,
        error_messages={"required": _("Write what was found: the customer reads it.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [("", "—"), *((key.value, complaintwords.finding(key)) for key in Finding)]  # type: ignore[attr-defined]


class PassForm(Marked):
    division = forms.ChoiceField(label=_("Division"), error_messages={"required": _("Choose a division.")})

    def __init__(self, here: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(one.division, say.office(one.division)) for one in settings.UTILITY.offices if one.division != here]
        self.fields["division"].choices = [("", "—"), *others]  # type: ignore[attr-defined]
