"""The forms of suppressions, lists, areas, consents and messages."""

from __future__ import annotations

import unicodedata

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from app.web import permission_words, words
from app.web.forms import MAX_NAME, Form, choices, one_line, stripped, upper
from compliance.case import Channel
from compliance.consent_records import EVERYWHERE
from compliance.suppression_lists import ListKind

MAX_BASIS = 100
MAX_NOTE = 500
MAX_MESSAGE = 10_000
_LOCAL_TIME = "%Y-%m-%dT%H:%M"
_KEPT_FOR = "Published with the change and kept: do not name customers."


def plain_text(_form: object, field: Field) -> None:
    """Text of any lines and any script, without control characters."""
    controls = (char for char in field.data or "" if unicodedata.category(char) == "Cc")
    if set(controls) - set("\t\r\n"):
        raise ValidationError("Leave out control characters.")


class ReasonForm(Form):
    """Why something that protects people is taken away."""

    reason = StringField(
        "Reason",
        [DataRequired("Say why."), Length(max=MAX_NOTE), one_line],
        filters=[stripped],
        description=_KEPT_FOR,
    )


class AddressForm(Form):
    """A number or an e-mail address."""

    address = StringField(
        "Phone number or e-mail",
        [DataRequired("Give a number or an address."), Length(max=320), one_line],
        filters=[stripped],
        description="A number with +country code, such as +1 212 555 0100; without one it is of "
        "the country beside.",
    )
    country = StringField("Country", [Length(max=2)], filters=[stripped, upper], default="US")


class SuppressForm(AddressForm):
    """Who must not be reached any more, by anybody or by one campaign."""

    basis = SelectField("Reason", choices=choices(words.SUPPRESSION_REASONS))
    scope = SelectField("For", default=EVERYWHERE)


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
    scope = SelectField("For", default=EVERYWHERE)
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


class CopyForm(Form):
    """A newer copy of a suppression list."""

    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="One number a line, or CSV with a column “phone”; UTF-8, 512 MB at most.",
    )
    as_of = DateField(
        "Date of the copy",
        [InputRequired("Give the date: a registry's copy grows old from there.")],
        description="The day on which the registry, or whoever keeps the list, made it.",
    )
    country = StringField(
        "Country of numbers without +country code",
        [Length(max=2)],
        filters=[stripped, upper],
        description="Such as US. Empty: the registry's own country, else US.",
    )
    even_if_older = BooleanField("Use it though the copy in use is newer")


class ListForm(CopyForm):
    """A new suppression list."""

    name = StringField(
        "Name",
        [DataRequired("Give the list a name."), Length(max=MAX_NAME), one_line],
        filters=[stripped],
        description="A later copy of that name takes its place.",
    )
    kind = SelectField("Kind", choices=choices(permission_words.LIST_KINDS))
    jurisdiction = SelectField("Registry of")
    scope = SelectField("For", default=EVERYWHERE)

    def validate_jurisdiction(self, field: Field) -> None:
        """A registry has one, and nothing else has."""
        is_registry = self.kind.data == ListKind.NATIONAL
        if is_registry and not field.data:
            raise ValidationError("Choose whose registry it is.")
        if field.data and not is_registry:
            raise ValidationError("Only a do-not-call registry has one: leave it open.")


class ConsentFileForm(Form):
    """A file of consents."""

    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="CSV in UTF-8 with a header; 512 MB at most.",
    )
    country = StringField(
        "Country of numbers without +country code",
        [Length(max=2)],
        filters=[stripped, upper],
        default="US",
    )


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
