"""Input templates: the user guide's examples, the quoting rules, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bus import input_path
from app.bus.input_path import MISSING
from app.bus.input_template import Occasion, parse
from app.bus.patterns.errors import TemplateError, TemplateResultError
from app.bus.patterns.written import read_event

OCCASION = Occasion(
    rule_arn="arn:aws:events:us-east-2:123456789012:rule/example",
    rule_name="example",
    ingested_at=datetime(2026, 11, 25, 12, 0, 0, 250_000, tzinfo=UTC),
)
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {
        "instance-id": "i-0123456789",
        "state": "RUNNING",
        "count": 42,
        "flag": True,
        "nothing": None,
        "object": {"first": "one", "second": 2},
        "items": [{"name": "a"}, {"name": "b"}, {}],
        "said": 'say "hello"',
        "lines": "one\ntwo\\three",
    },
}
PATHS = {
    "timestamp": "$.time",
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "resource": "$.resources[0]",
    "count": "$.detail.count",
    "flag": "$.detail.flag",
    "nothing": "$.detail.nothing",
    "object": "$.detail.object",
    "names": "$.detail.items[*].name",
    "said": "$.detail.said",
    "lines": "$.detail.lines",
    "missing": "$.detail.reason",
}


def rendered(template: str) -> str:
    """What the template makes of the user guide's event."""
    return parse(template, PATHS).render(EVENT, OCCASION)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        (
            r'"instance \"<instance>\" is in <state>"',
            r'"instance \"i-0123456789\" is in RUNNING"',
        ),
        (
            '{"instance" : <instance>, "state": <state>}',
            '{"instance" : "i-0123456789", "state": "RUNNING"}',
        ),
        (
            r'{"instance" : <instance>, "state": "<state>", "status": "\"<instance>\" is <state>"}',
            r'{"instance" : "i-0123456789", "state": "RUNNING", "status": "\"i-0123456789\" is'
            r' RUNNING"}',
        ),
        ('{"state": [9, <state>, true]}', '{"state": [9, "RUNNING", true]}'),
        (
            '{"arn": <aws.events.rule-arn>, "name": <aws.events.rule-name>}',
            '{"arn": "arn:aws:events:us-east-2:123456789012:rule/example", "name": "example"}',
        ),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        (
            '{"timestamp": <timestamp>, "message": "in <state>"}',
            '{"timestamp": "2015-11-11T21:29:54Z", "message": "in RUNNING"}',
        ),
        (
            '{"at": <aws.events.event.ingestion-time>}',
            '{"at": "2026-11-25T12:00:00.250Z"}',
        ),
    ],
)
def test_examples_of_the_user_guide(template: str, text: str) -> None:
    """The table of "Input transform examples"; the last row's time is quoted, to be JSON."""
    assert rendered(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{"v": <count>}', '{"v": 42}'),
        ('{"v": "<count>"}', '{"v": "42"}'),
        ('{"v": <flag>}', '{"v": true}'),
        ('{"v": <nothing>}', '{"v": null}'),
        ('{"v": <object>}', '{"v": {"first":"one","second":2}}'),
        ('{"v": <names>}', '{"v": ["a","b"]}'),
        ('{"v": <resource>}', '{"v": "arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"}'),
        ('{"v": <said>}', r'{"v": "say \"hello\""}'),
        ('{"v": "they <said>"}', r'{"v": "they say \"hello\""}'),
        ('{"v": "<lines>"}', r'{"v": "one\ntwo\\three"}'),
        ('{"v": <missing>}', '{"v": ""}'),
        ('{"v": "a<missing>b"}', '{"v": "ab"}'),
        ('"a<missing>b"', '"ab"'),
        ('"<count> of <object>"', '"42 of {first:one,second:2}"'),
        ("17", "17"),
        ('"a < b > c"', '"a < b > c"'),
        ("<count>", "42"),
    ],
)
def test_quoting(template: str, text: str) -> None:
    """An object's values keep their type; in a text, quotation marks of JSON are left out."""
    assert rendered(template) == text
    json.loads(text)


def test_the_event_itself() -> None:
    """Whole, and without its detail."""
    whole = json.loads(rendered('{"e": <aws.events.event.json>, "f": <aws.events.event>}'))
    assert whole["e"] == EVENT
    assert whole["f"] == {name: value for name, value in EVENT.items() if name != "detail"}


def test_numbers_stay_as_they_are_written() -> None:
    """No digit is lost on the way."""
    event = read_event(
        '{"detail": {"a": 300.00, "b": 0.12345678901234567890, "c": 12345678901234567890}}'
    )
    paths = {"a": "$.detail.a", "b": "$.detail.b", "c": "$.detail.c"}
    template = parse('{"v": [<a>, <b>, <c>]}', paths)
    assert template.render(event, OCCASION) == (
        '{"v": [300.00, 0.12345678901234567890, 12345678901234567890]}'
    )


@pytest.mark.parametrize(
    "template",
    [
        '"they <said>"',
        '"<lines>"',
        '{"v": "<object>"}',
        "[<state>]",
        "<state>",
        "[1, <missing>, 2]",
    ],
)
def test_a_result_that_is_no_json(template: str) -> None:
    """EventBridge sends it to the dead-letter queue."""
    with pytest.raises(TemplateResultError, match=r"^result: is no JSON"):
        rendered(template)


@pytest.mark.parametrize(
    ("template", "place"),
    [
        ("", "template"),
        ('"' + "x" * 8191 + '"', "template"),
        ("hello <state>", "template"),
        ('{"state": <state>', "template"),
        ('{"state": <state>,}', "template"),
        ('{"v": <unknown>}', "template: <unknown>"),
        ('{"v": <aws.events.unknown>}', "template: <aws.events.unknown>"),
        ('{"<state>": 1}', "template: <state>"),
        ('{"a <state> b" : 1}', "template: <state>"),
        ("<aws.events.event.json>", "template: <aws.events.event.json>"),
        ("[<aws.events.event>]", "template: <aws.events.event>"),
        ('{"v": "<aws.events.event>"}', "template: <aws.events.event>"),
        ('"<aws.events.event.json>"', "template: <aws.events.event.json>"),
    ],
)
def test_refused_templates(template: str, place: str) -> None:
    """What PutTargets refuses, with the place."""
    with pytest.raises(TemplateError) as refused:
        parse(template, PATHS)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("paths", "place"),
    [
        ({"a": "detail.state"}, "paths.a"),
        ({"a": ""}, "paths.a"),
        ({"a": "$.detail.items[0:2]"}, "paths.a"),
        ({"a": "$.detail.items[-1]"}, "paths.a"),
        ({"a": "$..state"}, "paths.a"),
        ({"a": "$.detail['state']"}, "paths.a"),
        ({"a": "$.detail.*"}, "paths.a"),
        ({"a": "$." + "x" * 255}, "paths.a"),
        ({"a.b": "$.detail"}, "paths.a.b"),
        ({"": "$.detail"}, "paths."),
        ({"aws.events.rule-name": "$.detail"}, "paths.aws.events.rule-name"),
        ({"AWSname": "$.detail"}, "paths.AWSname"),
        ({f"n{number}": "$" for number in range(101)}, "paths"),
    ],
)
def test_refused_paths(paths: dict[str, str], place: str) -> None:
    """Other kinds of paths, reserved names, and too many."""
    with pytest.raises(TemplateError) as refused:
        parse("1", paths)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.detail.state", "RUNNING"),
        ("$.detail.nothing", None),
        ("$.resources[1]", MISSING),
        ("$.detail.state.x", MISSING),
        ("$.detail.state[0]", MISSING),
        ("$.detail.object[*]", []),
        ("$.detail.items[*]", [{"name": "a"}, {"name": "b"}, {}]),
        ("$.detail.items[*].name", ["a", "b"]),
        ("$.detail.items[1].name", "b"),
    ],
)
def test_paths(path: str, value: object) -> None:
    """What is there, or that nothing is."""
    assert input_path.parse(path).find(EVENT) == value


@given(st.text(), st.text())
def test_an_objects_values_are_always_json(value: str, other: str) -> None:
    """Whatever a string holds, and wherever it stands."""
    template = parse('{"a": <a>, "b": "<a>/<b>"}', {"a": "$.a", "b": "$.b"})
    told = json.loads(template.render({"a": value, "b": other}, OCCASION))
    assert told == {"a": value, "b": f"{value}/{other}"}
