"""The forms of suppressions, areas, consents and messages; lists have theirs beside their pages."""

from __future__ import annotations

from wtforms import (
    DateTimeLocalField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from app.web import permission_words
from app.web.forms import Form, SearchForm, SuppressForm, choices, one_line, stripped, upper
from compliance.case import Channel
from compliance.consent_records import EVERYWHERE

MAX_BASIS = 100
MAX_NOTE = 500
MAX_MESSAGE = 10_000
_LOCAL_TIME = "%Y-%m-%dT%H:%M"
_KEPT_FOR = "Published with the change and kept: do not name customers."


def plain_text(_form: object, field: Field) -> None:
    """Text of any lines without control characters."""
    if field.data and not "".join(field.data.split()).isprintable():
        raise ValidationError("Leave out control characters.")


class ReasonForm(Form):
    """Why something that protects people is taken away."""

    reason = StringField(
        "Reason",
        [DataRequired("Say why."), Length(max=MAX_NOTE), one_line],
        filters=[stripped],
        description=_KEPT_FOR,
    )


class NumberForm(SuppressForm):
    """A number that must not be called any more, by anybody or by one campaign."""

    scope = SelectField("Who must not call it", default=EVERYWHERE)


class EntryForm(ReasonForm):
    """An entry that was wrong, by what it is found by."""

    address = HiddenField(validators=[InputRequired()])
    scope = HiddenField(validators=[InputRequired()])
    source = HiddenField(validators=[InputRequired()])


class AreaForm(Form):
    """An area that is not called."""

    area = StringField(
        "Area",
        [DataRequired("Name an area."), Length(max=20)],
        filters=[stripped, upper],
        description="How numbers begin (+1305), a region (US-FL) or a country (FR).",
    )
    scope = SelectField("Who must not call it", default=EVERYWHERE)
    basis = StringField(
        "Reason",
        [DataRequired("Say why."), Length(max=MAX_BASIS), one_line],
        filters=[stripped],
        description="In a word or two, such as “storm”. Published with the change.",
    )


class OpenAreaForm(ReasonForm):
    """An area that may be called again, by what it is found by."""

    area = HiddenField(validators=[InputRequired()])
    scope = HiddenField(validators=[InputRequired()])


class AddressForm(Form):
    """A number or an e-mail address."""

    address = StringField(
        "Phone number or e-mail address",
        [DataRequired("Give a number or an address."), Length(max=320), one_line],
        filters=[stripped],
        description="A number with +country code; without one it is of the country beside.",
    )
    country = SearchForm.country


class _SaidForm(AddressForm):
    """What somebody said, and when."""

    at = DateTimeLocalField(
        "When it was said, in UTC",
        [InputRequired("Give date and time.")],
        format=_LOCAL_TIME,
    )


class RevocationForm(_SaidForm):
    """That somebody took all consent back."""

    source = SelectField("By which way", choices=choices(permission_words.CONSENT_SOURCES))
    basis = StringField(
        "In which words",
        [DataRequired("Say in a few words what was said."), Length(max=MAX_NOTE), one_line],
        filters=[stripped],
        description="Such as “asked in a call not to be called again”.",
    )
    evidence = StringField(
        "Where the proof is kept",
        [Length(max=MAX_NOTE), one_line],
        filters=[stripped],
        default="",
        description="A recording, a scan, a message. May stay empty.",
    )


class ConsentForm(RevocationForm):
    """That somebody agreed to be reached."""

    kind = SelectField("Kind of consent", choices=choices(permission_words.CONSENT_KINDS))
    channel = SelectField(
        "For",
        choices=choices({"": permission_words.EVERY_CHANNEL, **permission_words.CHANNELS}),
    )
    scope = SelectField("Given to", default=EVERYWHERE)
    basis = StringField(
        "What was agreed to",
        [DataRequired("Name the form, contract or words."), Length(max=MAX_NOTE), one_line],
        filters=[stripped],
        description="The form's or the contract's name, or the words that were asked.",
    )
    evidence = StringField(
        "Where the proof is kept",
        [DataRequired("Say where the proof is kept."), Length(max=MAX_NOTE), one_line],
        filters=[stripped],
        description="A recording, a scan, a page's version: without proof consent is worth little.",
    )


class MessageForm(_SaidForm):
    """What somebody wrote or said to a person of ours."""

    channel = SelectField(
        "How it came", choices=choices(permission_words.MESSAGE_CHANNELS), default=Channel.SMS
    )
    text = TextAreaField(
        "The message",
        [DataRequired("Give the words as they were."), Length(max=MAX_MESSAGE), plain_text],
        description="Word for word, as far as it is known.",
    )
