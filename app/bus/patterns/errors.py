"""What is wrong with a pattern, an event or an input template, and where."""

from __future__ import annotations


class LocatedError(ValueError):
    """Something that cannot be used. `place` says where, such as `detail.state[0].prefix`."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class PatternError(LocatedError):
    """No event pattern."""


class EventError(LocatedError):
    """No event: not a JSON object."""


class TemplateError(LocatedError):
    """No input template, or input paths that it cannot use."""


class TemplateResultError(LocatedError):
    """An event made something out of an input template that is not JSON."""
