"""Input templates: what a subscriber is sent instead of the event, as by EventBridge's transformer.

A variable stands in `<` and `>`; it is one of the given paths, or reserved. In a template that is a
JSON object a variable outside quotation marks is replaced by its value as JSON, and one within them
by its value's text, escaped. In any other template nothing is escaped ("EventBridge doesn't escape
values extracted by Input Path", user guide, "Input transformation"). What a path does not find is
an empty text. Where EventBridge would send the result to the dead-letter queue because it is no
JSON, rendering raises an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.bus import input_path
from app.bus.input_path import MISSING, InputPath
from app.bus.patterns.errors import TemplateError, TemplateResultError
from app.bus.patterns.written import compact
from campaigns.events import instant_text

MAX_LENGTH = 8192
"""Characters in a template, at most (API reference, InputTransformer)."""

MAX_PATHS = 100
"""Variables with a path, at most (user guide)."""

EVENT = "aws.events.event"
EVENT_JSON = "aws.events.event.json"
RULE_ARN = "aws.events.rule-arn"
RULE_NAME = "aws.events.rule-name"
INGESTION_TIME = "aws.events.event.ingestion-time"
RESERVED = frozenset({EVENT, EVENT_JSON, RULE_ARN, RULE_NAME, INGESTION_TIME})
"""Variables that need no path (user guide)."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_PARTS = re.compile(r'<(?P<name>[A-Za-z0-9_.-]+)>|(?P<quote>")|\\.', re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What reserved variables stand for besides the event: the rule, and when the event came in."""

    rule_arn: str
    rule_name: str
    ingested_at: datetime


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable of a template: where, which, and whether within quotation marks."""

    start: int
    end: int
    name: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class InputTemplate:
    """A template that was read, with its paths."""

    text: str
    _variables: tuple[_Variable, ...]
    _paths: Mapping[str, InputPath]
    _is_object: bool

    def render(self, event: Mapping[str, Any], occasion: Occasion) -> str:
        """The JSON text that the template makes of an event.

        Raises:
            TemplateResultError: it is no JSON, such as where a value brought quotation marks.
        """
        values = {name: path.find(event) for name, path in self._paths.items()}
        values |= _reserved(event, occasion)
        texts = [self._text(values[one.name], quoted=one.quoted) for one in self._variables]
        text = _replaced(self.text, self._variables, texts)
        if not _is_json(text):
            raise TemplateResultError("result", "is no JSON; see to the template's quotation marks")
        return text

    def _text(self, value: object, *, quoted: bool) -> str:
        return _in_object(value, quoted=quoted) if self._is_object else _in_text(value)


def parse(template: str, paths: Mapping[str, str]) -> InputTemplate:
    """Read a template and the paths of its variables.

    Raises:
        TemplateError: EventBridge would not take them; says where and why.
    """
    if not 1 <= len(template) <= MAX_LENGTH:
        raise TemplateError("template", f"must have 1 to {MAX_LENGTH:,} characters")
    read = _paths(paths)
    variables = tuple(_variables(template))
    is_object = template.lstrip().startswith("{")
    for variable in variables:
        _check(template, variable, read, is_object=is_object)
    samples = ["x" if variable.quoted else "null" for variable in variables]
    if not _is_json(_replaced(template, variables, samples)):
        raise TemplateError("template", "must be JSON; a text needs quotation marks")
    return InputTemplate(template, variables, read, is_object)


def _paths(paths: Mapping[str, str]) -> dict[str, InputPath]:
    if len(paths) > MAX_PATHS:
        raise TemplateError("paths", f"must be at most {MAX_PATHS}")
    for name in paths:
        if not _NAME.fullmatch(name) or name.upper().startswith("AWS"):
            reserved = "letters, digits, _ and -, and not begin with AWS"
            raise TemplateError(f"paths.{name}", f"must have a name of {reserved}")
    return {name: input_path.parse(text, f"paths.{name}") for name, text in paths.items()}


def _variables(template: str) -> list[_Variable]:
    found = []
    quoted = False
    for part in _PARTS.finditer(template):
        if part["quote"]:
            quoted = not quoted
        elif part["name"]:
            found.append(_Variable(part.start(), part.end(), part["name"], quoted))
    return found


def _check(
    template: str, variable: _Variable, paths: Mapping[str, InputPath], *, is_object: bool
) -> None:
    place = f"template: <{variable.name}>"
    if variable.name not in paths and variable.name not in RESERVED:
        raise TemplateError(place, "has no path and is not reserved")
    if variable.quoted and _ends_as_a_name(template, variable.end):
        raise TemplateError(place, "must not stand in an object's name")
    follows_colon = template[: variable.start].rstrip().endswith(":")
    if variable.name in {EVENT, EVENT_JSON} and not (
        is_object and follows_colon and not variable.quoted
    ):
        raise TemplateError(
            place, "must be the value of an object's member, without quotation marks"
        )


def _ends_as_a_name(template: str, start: int) -> bool:
    rest = re.match(r'(?:[^"\\]|\\.)*"\s*:', template[start:], re.DOTALL)
    return rest is not None


def _reserved(event: Mapping[str, Any], occasion: Occasion) -> dict[str, object]:
    return {
        EVENT: {name: value for name, value in event.items() if name != "detail"},
        EVENT_JSON: dict(event),
        RULE_ARN: occasion.rule_arn,
        RULE_NAME: occasion.rule_name,
        INGESTION_TIME: instant_text(occasion.ingested_at),
    }


def _in_object(value: object, *, quoted: bool) -> str:
    if value is MISSING:
        return "" if quoted else '""'
    text = compact(value)
    return text[1:-1] if quoted and isinstance(value, str) else text


def _in_text(value: object) -> str:
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else compact(value).replace('"', "")


def _replaced(template: str, variables: tuple[_Variable, ...], texts: list[str]) -> str:
    pieces = []
    at = 0
    for variable, text in zip(variables, texts, strict=True):
        pieces += [template[at : variable.start], text]
        at = variable.end
    return "".join([*pieces, template[at:]])


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
