"""Where a person is reached: a number or an e-mail address, in the one spelling that is kept."""

from __future__ import annotations

import re

from compliance.phone_number import parse

_MAILBOX = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_MAX_MAILBOX = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets.


class InvalidEmailError(ValueError):
    """Text that is no e-mail address; the message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("this is not an e-mail address")


def read_address(text: str, country: str | None = None) -> str:
    """The number in E.164, or the e-mail address in lower case.

    Raises:
        InvalidPhoneNumberError: the text is no number that can be dialled.
        InvalidEmailError: it has an @, and is no e-mail address.
    """
    if "@" not in text:
        return parse(text, country).e164
    if not _MAILBOX.fullmatch(text) or len(text) > _MAX_MAILBOX:
        raise InvalidEmailError
    return text.lower()
