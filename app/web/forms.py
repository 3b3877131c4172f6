"""The forms. The one door of `flask_wtf`'s forms and of `wtforms`, which publish no types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateTimeLocalField,
    DecimalField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.web import words
from app.web.accounts import MAX_PASSWORD, MIN_PASSWORD
from campaigns.campaign import (
    CALLS_PER_AGENT_LEAST,
    CALLS_PER_AGENT_MOST,
    INBOUND_RESERVE_MOST,
    WEIGHT_MOST,
)
from campaigns.events import TEXT_LENGTH
from campaigns.overriding import LONGEST
from compliance.case import DialMode, Purpose, Weekday
from compliance.time_zone import known_zones

_Value = TypeVar("_Value", bound=str)

MAX_NAME = 200
_LOCAL_TIME = "%Y-%m-%dT%H:%M"


def choices(labels: Mapping[_Value, str]) -> list[SelectChoice]:
    """What a select offers: values and their labels."""
    return [SelectChoice(str(value), label) for value, label in labels.items()]


def one_line(_form: object, field: Field) -> None:
    """Text without line breaks and control characters."""
    if field.data and not field.data.isprintable():
        raise ValidationError("Use one line without control characters.")


def a_time_zone(_form: object, field: Field) -> None:
    """The name of a zone that the zone data knows."""
    if field.data not in known_zones():
        raise ValidationError("Use a name from the list, such as America/New_York or UTC.")


def stripped(text: str | None) -> str | None:
    """Without blanks around it."""
    return text.strip() if text else text


def upper(text: str | None) -> str | None:
    """In capital letters, as codes are written."""
    return text.upper() if text else text


class Form(FlaskForm):  # type: ignore[misc]  # the library publishes no types
    """What all forms share."""

    def problems(self) -> list[tuple[str, str, str]]:
        """Field id, label and message of each field that is wrong, in the form's order."""
        return [
            (field.id, field.label.text, str(message))
            for field in self
            for message in field.errors
            if field.label is not None
        ]


class SignInForm(Form):
    """Name and password."""

    name = StringField(
        "Name", [DataRequired("Give your name."), Length(max=100)], filters=[stripped]
    )
    password = PasswordField("Password", [InputRequired("Give your password.")])


class PasswordForm(Form):
    """A new password."""

    current = PasswordField("Present password", [Length(max=MAX_PASSWORD)])
    password = PasswordField(
        "New password",
        [InputRequired("Give a new password.")],
        description=f"At least {MIN_PASSWORD} characters. A few words in a row are fine.",
    )
    again = PasswordField("New password again", [InputRequired("Give it once more.")])

    def validate_again(self, field: Field) -> None:
        """Both are the same."""
        if field.data != self.password.data:
            raise ValidationError("The two new passwords differ.")


class UploadForm(Form):
    """A contact file."""

    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="CSV in UTF-8, its first line the column names; 512 MB at most.",
    )
    name = StringField(
        "Name of the list",
        [Length(max=MAX_NAME), one_line],
        filters=[stripped],
        description="Left empty: the file's name.",
    )
    phone_column = StringField(
        "Phone column",
        [Length(max=MAX_NAME), one_line],
        filters=[stripped],
        description="Only if the column of the phone numbers is not called “phone”.",
    )


class OverrideForm(Form):
    """One of a campaign's own rules that is to be lifted for a while."""

    rule = SelectField("Rule", description="Only what the campaign has given itself.")
    hours = IntegerField(
        "For how many hours",
        [InputRequired("Give a number of hours."), NumberRange(1, LONGEST // timedelta(hours=1))],
        default=4,
        description="From now on; 168, which is a week, at most.",
    )
    reason = StringField(
        "Reason",
        [DataRequired("Say why."), Length(max=TEXT_LENGTH), one_line],
        filters=[stripped],
        description="In a few words. It is published and kept for good: name no customer.",
    )


class AssignForm(Form):
    """Which agents are to work on which campaigns."""

    agents = SelectMultipleField("Agents", [InputRequired("Choose at least one agent.")])
    campaigns = SelectMultipleField("Campaigns", [InputRequired("Choose at least one campaign.")])


class CampaignForm(Form):
    """A new campaign."""

    key = HiddenField()
    name = StringField(
        "Name",
        [DataRequired("Give the campaign a name."), Length(max=MAX_NAME), one_line],
        filters=[stripped],
    )
    contact_list = SelectField("Contact list", description="Whom to call.")
    purpose = SelectField(
        "Purpose",
        choices=choices(words.PURPOSES),
        default=Purpose.TELEMARKETING,
        description="Decides which rules of law apply. When in doubt: telemarketing, the "
        "strictest.",
    )
    dial_mode = SelectField(
        "Dial mode", choices=choices(words.WAYS_OF_DIALING), default=DialMode.PREDICTIVE
    )
    calls_per_agent = DecimalField(
        "Calls for each free agent",
        [Optional(), NumberRange(CALLS_PER_AGENT_LEAST, CALLS_PER_AGENT_MOST)],
        description="Only for a fixed ratio: 1 to 10, such as 1.5. Fewer are placed where so many "
        "could break the abandonment limit.",
    )
    time_zone = StringField(
        "Time zone of start and end",
        [DataRequired("Name a time zone."), a_time_zone],
        filters=[stripped],
        default="UTC",
        description="Only for these two times. When a contact may be called follows from the "
        "contact's own zones.",
    )
    start = DateTimeLocalField(
        "Start", [InputRequired("Give a start: date and time.")], format=_LOCAL_TIME
    )
    end = DateTimeLocalField(
        "End",
        [InputRequired("Give an end: date and time.")],
        format=_LOCAL_TIME,
        description="Nothing is dialed from then on.",
    )
    lines = IntegerField(
        "Lines",
        [InputRequired("Give a number of lines."), NumberRange(1, 100_000)],
        default=30,
        description="The most calls at once. About three for each agent is usual.",
    )
    calls_per_second = DecimalField(
        "Calls per second",
        [Optional(), NumberRange(0.1, 10_000)],
        description="The most that your carrier takes. Empty: no limit.",
    )
    weight = IntegerField(
        "Weight among shared agents",
        [InputRequired("Give a weight."), NumberRange(1, WEIGHT_MOST)],
        default=1,
        description="1 to 100. Of agents who work on several campaigns, one of weight 3 gets three "
        "times the contacts of one of weight 1.",
    )
    inbound_reserve = IntegerField(
        "Free agents kept for inbound calls",
        [InputRequired("Give a number, 0 for none."), NumberRange(0, INBOUND_RESERVE_MOST)],
        default=0,
        description="No call is placed for so many free agents. Only for agents who take inbound "
        "calls too.",
    )
    ring_seconds = IntegerField(
        "Longest ring, in seconds",
        [InputRequired("Say how long it may ring."), NumberRange(15, 60)],
        default=25,
        description="15 to 60. The law of the United States asks for 15 at least, or four rings.",
    )
    attempts = IntegerField(
        "Attempts on a contact, at most",
        [InputRequired("Give a number."), NumberRange(1, 1000)],
        default=3,
    )
    attempt_days = IntegerField(
        "Within so many days",
        [InputRequired("Give a number of days."), NumberRange(1, 3650)],
        default=1,
        description="Counted back from each attempt, per phone number. Stricter laws go first.",
    )
    abandonment_percent = DecimalField(
        "Abandonment target, in percent",
        [InputRequired("Give a percentage."), NumberRange(0.1, 3)],
        default=3,
        description="Of the people who answer, at most so many get no agent within two seconds, "
        "over any 24 hours. 0.1 to 3: three percent is the law's own limit and binds always.",
    )
    detection_percent = DecimalField(
        "People among detected machines, in percent",
        [Optional(), NumberRange(0, 100)],
        description="Of the calls that machine detection hung up on, how many were people, as you "
        "measured on recordings. For Ofcom's estimate. Empty: not measured, nothing is estimated.",
    )


for _day in Weekday:
    _name = words.WEEKDAYS[_day]
    setattr(CampaignForm, f"{_day}_from", TimeField(f"{_name} from", [Optional()]))
    setattr(CampaignForm, f"{_day}_to", TimeField(f"{_name} to", [Optional()]))
