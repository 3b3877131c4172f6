"""Calling hours once more, read straight from the rule file by other code than the program's."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.screening import Allow, screen
from tests.screening_cases import WRITTEN, case, rules

OTHER_HOURS_ON_HOLIDAYS = {"US-NE"}
START = datetime(2026, 1, 1, tzinfo=UTC)


@functools.cache
def entries() -> dict[str, dict[str, Any]]:
    """The entries of the rule file by their codes."""
    text = resources.files("compliance").joinpath("calling_rules.yaml").read_text(encoding="utf-8")
    return {entry["code"]: entry for entry in yaml.safe_load(text)["jurisdictions"]}


@functools.cache
def zone_info(name: str) -> ZoneInfo:
    """A zone of the pinned package."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def is_open(code: str, zones: list[str], channel: str, instant: datetime) -> bool:
    """Whether one entry's windows hold an instant in every zone."""
    entry = entries()[code]
    windows = [window for window in entry.get("windows", ()) if channel in window["channels"]]
    basis = entry.get("hours_basis", "called_party_local")
    if basis.startswith("fixed:"):
        zones = [basis.removeprefix("fixed:")]
    elif basis == "state_time":
        zones = entry["timezones"]
    if not windows:
        return True
    for zone in zones:
        local = instant.astimezone(zone_info(zone))
        clock = local.strftime("%H:%M")
        if not any(
            local.isoweekday() in window["days"] and window["open"] <= clock < window["close"]
            for window in windows
        ):
            return False
    return True


STATES = sorted(
    code
    for code, entry in entries().items()
    if entry.get("extends") == "US" and code not in OTHER_HOURS_ON_HOLIDAYS
)


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from(STATES),
    st.sampled_from(["predictive", "agentless"]),
    st.integers(0, 2 * 365 * 86_400),
)
def test_hours_of_every_state(state: str, mode: str, second: int) -> None:
    """A call is outside calling hours exactly when a window in some zone is closed at an end."""
    at = START + timedelta(seconds=second)
    asked = case(
        at.isoformat(),
        "+18005550199",
        region=state,
        consent=WRITTEN,
        campaign={"dial_mode": mode},
    )
    decision = screen(asked, rules())
    channel = "voice_prerecorded" if mode == "agentless" else "voice_live"
    zones = entries()[state]["timezones"]
    expected = all(
        is_open(code, zones, channel, instant)
        for code in ("US", state)
        for instant in (at, at + timedelta(seconds=27))
    )
    reasons = () if isinstance(decision, Allow) else decision.reasons
    found = "outside_calling_hours" in {reason.code.value for reason in reasons}
    assert found is not expected
