"""What `fairdial events` does: show a schema, list the catalogue, check lines of events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from campaigns import events

_SUBJECT_FIELDS = ("contactId", "agentId", "campaignId", "contactListId")
_WHOLE_SECONDS = len("2026-11-23T14:00:00Z")


class UnknownDetailTypeError(LookupError):
    """The catalogue has no such detail-type."""

    def __init__(self, detail_type: str) -> None:
        near = _near(detail_type)
        advice = f"did you mean {' or '.join(near)}?" if near else "`fairdial events list` has all"
        super().__init__(f"there is no detail-type {detail_type!r}; {advice}")
        self.near = near


def _near(detail_type: str) -> list[str]:
    letters = {_letters(known): known for known in events.CATALOGUE}
    return [letters[match] for match in get_close_matches(_letters(detail_type), letters)]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


class CatalogueEntry(NamedTuple):
    """A detail-type, the version of its schema, and what it tells."""

    detail_type: str
    version: int
    description: str


class LineError(NamedTuple):
    """What is wrong with a line; `line` counts from 1. The reason repeats no value of the line."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Validation:
    """How many events were read, and what is wrong with which."""

    count: int
    errors: list[LineError]


def schema(detail_type: str) -> str:
    """The detail-type's JSON Schema as text, the same as its file in docs/events/schemas.

    Raises:
        UnknownDetailTypeError: it is not in the catalogue.
    """
    if detail_type not in events.CATALOGUE:
        raise UnknownDetailTypeError(detail_type)
    return json.dumps(events.schema(detail_type), indent=2, ensure_ascii=False) + "\n"


def write_schemas(directory: Path) -> None:
    """Write each present schema into its file; files of other versions stay."""
    for detail_type in events.CATALOGUE:
        file = directory / events.schema_file(detail_type)
        file.write_text(schema(detail_type), encoding="utf-8", newline="\n")


def catalogue() -> list[CatalogueEntry]:
    """Every detail-type, in the order of a campaign's life."""
    return [
        CatalogueEntry(detail_type, fact.schema_version, _first_paragraph(fact.__doc__ or ""))
        for detail_type, fact in events.CATALOGUE.items()
    ]


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())


def validate(lines: Iterable[str]) -> Validation:
    """Check each line against its detail-type's schema, and each subject's sequence for gaps.

    A line that stands a second time is no error: delivery is at least once. Unknown fields are
    none either. Empty lines do not count.
    """
    count = 0
    errors: list[LineError] = []
    sequences = _Sequences()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        count += 1
        errors.extend(LineError(number, reason) for reason in _line_errors(line, sequences))
    return Validation(count, errors)


def _line_errors(line: str, sequences: _Sequences) -> Iterator[str]:
    try:
        event = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        yield f"not JSON: {getattr(error, 'msg', error)}"
        return
    if not isinstance(event, dict):
        yield "not a JSON object"
        return
    reason = _schema_error(event)
    if reason is None:
        reason = _envelope_error(event)
    if reason is not None:
        yield reason
    gap = sequences.error(event)
    if gap is not None:
        yield gap


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _schema_error(event: Mapping[str, Any]) -> str | None:
    detail_type = event.get("detail-type")
    if detail_type is None:
        return "detail-type: is missing"
    if not isinstance(detail_type, str) or detail_type not in events.CATALOGUE:
        near = _near(str(detail_type))
        advice = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"detail-type: is not in the catalogue{advice}"
    error = best_match(_validator(detail_type).iter_errors(event))
    return None if error is None else _explain(error)


@cache
def _validator(detail_type: str) -> Draft202012Validator:
    document = events.schema(detail_type)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _explain(error: ValidationError) -> str:
    """Where and what, without the value: a wrong line may hold a number or a name."""
    where = ".".join(str(part) for part in error.absolute_path) or "event"
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            fields: Any = error.instance
            return f"{where}: {next(name for name in wanted if name not in fields)} is missing"
        case "type":
            return f"{where}: must be {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        case "enum":
            return f"{where}: must be one of {', '.join(map(str, wanted))}"
        case "const":
            return f"{where}: must be {json.dumps(wanted)}"
        case "anyOf":
            return f"{where}: must be one of the listed values or null"
        case rule:
            return f"{where}: breaks {rule} {json.dumps(wanted)}"


def _envelope_error(event: Mapping[str, Any]) -> str | None:
    """Our own logs repeat id and instant in the envelope; EventBridge gives an id of its own and
    whole seconds."""
    if len(event["time"]) == _WHOLE_SECONDS:
        return None
    detail = event["detail"]
    if event["id"] != detail["eventId"]:
        return "id: must equal detail.eventId"
    if event["time"] != detail["occurredAt"]:
        return "time: must equal detail.occurredAt"
    return None


@dataclass(slots=True)
class _Sequences:
    """The last sequence seen of each subject."""

    _last: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def error(self, event: Mapping[str, Any]) -> str | None:
        """What is missing before this event, if anything; a line seen before is not an error."""
        detail = event.get("detail")
        if not isinstance(detail, dict):
            return None
        sequence = detail.get("sequence")
        name = next((name for name in _SUBJECT_FIELDS if detail.get(name) is not None), None)
        if name is None:
            return f"detail: one of {', '.join(_SUBJECT_FIELDS)} is missing"
        if not isinstance(sequence, int):
            return None
        key = (str(event.get("account")), name, str(detail[name]))
        last = self._last.get(key, 0)
        if sequence <= last:
            return None
        self._last[key] = sequence
        if sequence == last + 1:
            return None
        return f"detail.sequence: sequence gap: {sequence} follows {last} for this {name}"
