"""What people type into the sign-in and profile pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.bangla import latin
from bijoli.core.phone import e164
from bijoli.customers import mailbox
from bijoli.customers.codes import DIGITS
from bijoli.customers.preferences import LONGEST_NAME


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


class PhoneForm(Marked):
    """A mobile number, as people write it."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=40,
        error_messages={"required": _("Type your mobile number.")},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.UTILITY.country_code == "880":
            self.fields["phone"].widget.attrs["placeholder"] = "01XXX-XXXXXX"

    def clean_phone(self) -> str:
        try:
            return e164(self.cleaned_data["phone"], settings.UTILITY.country_code)
        except ValueError:
            if settings.UTILITY.country_code == "880":
                raise forms.ValidationError(gettext("This is not a mobile number. It has 11 digits and begins with 01.")) from None
            raise forms.ValidationError(gettext("This is not a mobile number.")) from None


class CodeForm(Marked):
    """The six digits of the SMS, in Latin or Bangla digits, with or without a space."""

    code = forms.CharField(
        label=_("Six-digit code"),
        max_length=20,
        error_messages={"required": _("Type the code from the SMS.")},
        widget=forms.TextInput(
            attrs={"class": "code", "inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "maxlength": "12"}
        ),
    )

    def clean_code(self) -> str:
        code = "".join(latin(self.cleaned_data["code"]).replace("-", " ").split())
        if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
            raise forms.ValidationError(gettext("The code has six digits. You find it in the SMS."))
        return code


class EmailForm(Marked):
    """An e-mail address of the person's own."""

    address = forms.CharField(
        label=_("E-mail address"),
        max_length=mailbox.LONGEST,
        error_messages={"required": _("Type your e-mail address.")},
        widget=forms.TextInput(attrs={"type": "email", "inputmode": "email", "autocomplete": "email", "autocapitalize": "off"}),
    )

    def clean_address(self) -> str:
        try:
            return mailbox.cleaned(self.cleaned_data["address"])
        except ValueError:
            raise forms.ValidationError(gettext("This is not an e-mail address. It looks like name@example.com.")) from None


class EmailCodeForm(CodeForm):
    """The six digits of the e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = gettext("Type the code from the e-mail.")

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            raise forms.ValidationError(gettext("The code has six digits. You find it in the e-mail.")) from None


class NameForm(Marked):
    """The customer's own name, as the app greets them."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
