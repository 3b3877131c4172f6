"""The form of the page of evidence."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.evidence.document import Question, QuestionKind
from app.evidence.finding import is_id
from app.web.forms import Form, one_line, stripped, upper
from compliance.phone_number import InvalidPhoneNumberError, parse


class EvidenceForm(Form):
    """Whom or what somebody asks about."""

    key = StringField(
        "Phone number, contact id or attempt id",
        [DataRequired("Give a number or an id."), Length(max=64), one_line],
        filters=[stripped],
        description="A number with +country code, such as +1 212 555 0100; without one it is a "
        "number of the country beside. Ids are the contactId or the attemptId of events.",
    )
    country = StringField("Country", [Length(max=2)], filters=[stripped, upper], default="US")

    def questions(self) -> list[Question]:
        """What was asked, as it may be meant: an id is a call's or a contact's.

        None, and an error at the field, if it is neither an id nor a number.
        """
        if not self.validate():
            return []
        if is_id(self.key.data):
            kinds = (QuestionKind.CALL, QuestionKind.CONTACT)
            return [Question(kind=kind, key=self.key.data) for kind in kinds]
        try:
            phone = parse(self.key.data, self.country.data or None).e164
        except InvalidPhoneNumberError as error:
            self.key.errors = [f"This is neither an id nor a number: {error}."]
            return []
        return [Question(kind=QuestionKind.NUMBER, key=phone)]
