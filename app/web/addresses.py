"""Numbers and e-mail addresses as people type them into forms."""

from __future__ import annotations

from app.web.permission_forms import AddressForm
from compliance.address import InvalidEmailError, read_address
from compliance.phone_number import InvalidPhoneNumberError


def address_in(form: AddressForm) -> str | None:
    """The number in E.164, or the e-mail address in lower case; None and an error if neither."""
    if not form.validate():
        return None
    try:
        return read_address(form.address.data, form.country.data or None)
    except (InvalidPhoneNumberError, InvalidEmailError) as error:
        form.address.errors = [f"{str(error).capitalize()}."]
        return None
