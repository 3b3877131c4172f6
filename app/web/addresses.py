"""Numbers and e-mail addresses as people type them into forms."""

from __future__ import annotations

import re

from app.web.forms import SearchForm
from app.web.permission_forms import AddressForm
from compliance.phone_number import InvalidPhoneNumberError, parse

_MAILBOX = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_MAX_MAILBOX = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets.


def read_number(form: SearchForm) -> str | None:
    """The number in canonical spelling; None and a field error if it is none."""
    if not form.validate():
        return None
    try:
        return parse(form.phone.data, form.country.data or None).e164
    except InvalidPhoneNumberError as error:
        form.phone.errors = [f"{str(error).capitalize()}."]
        return None


def read_address(form: AddressForm) -> str | None:
    """The number in canonical spelling, or the e-mail address in lower case; else as above."""
    if not form.validate():
        return None
    text: str = form.address.data
    if "@" not in text:
        return _number(form, text)
    if _MAILBOX.fullmatch(text) and len(text) <= _MAX_MAILBOX:
        return text.lower()
    form.address.errors = ["This is not an e-mail address."]
    return None


def _number(form: AddressForm, text: str) -> str | None:
    try:
        return parse(text, form.country.data or None).e164
    except InvalidPhoneNumberError as error:
        form.address.errors = [f"{str(error).capitalize()}."]
        return None
