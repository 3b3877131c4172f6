"""The form that tests an event pattern against an event."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.bus.patterns.errors import EventError, PatternError
from app.bus.patterns.pattern import Explanation, parse
from app.bus.patterns.written import read_event
from app.web.forms import Form

MAX_EVENT = 15_000
"""Characters; the form as a whole has a limit too."""

_PATTERN = """{
  "detail-type": ["Call Ended"],
  "detail": {
    "answeredBy": ["human", "unknown"],
    "ringSeconds": [{"numeric": ["<", 20]}]
  }
}"""

_EVENT = """{
  "detail-type": "Call Ended",
  "source": "fairdial",
  "detail": {
    "answeredBy": "machine",
    "ringSeconds": 14
  }
}"""


class PatternForm(Form):
    """A pattern and an event; an example at first."""

    pattern = TextAreaField(
        "Pattern",
        [DataRequired("Give a pattern.")],
        default=_PATTERN,
        description="Which events are wanted, in the grammar of Amazon EventBridge.",
    )
    event = TextAreaField(
        "Event",
        [DataRequired("Give an event."), Length(max=MAX_EVENT)],
        default=_EVENT,
        description="One event as it is published, or its part that matters.",
    )

    def explanation(self) -> Explanation | None:
        """What becomes of the event; None, and errors at the fields, if one cannot be used."""
        if not self.validate():
            return None
        pattern = event = None
        try:
            pattern = parse(self.pattern.data)
        except PatternError as error:
            self.pattern.errors = [f"{error}."]
        try:
            event = read_event(self.event.data)
        except EventError as error:
            self.event.errors = [f"{error}."]
        return None if pattern is None or event is None else pattern.explain(event)
