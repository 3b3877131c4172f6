"""From the campaign form to a campaign's settings; what is impossible is said at its field."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from app.web import words
from app.web.forms import CampaignForm
from campaigns.campaign import AbandonmentTarget, CampaignSettings
from compliance.case import (
    AttemptLimit,
    DialMode,
    OpenHours,
    OpenSpan,
    Purpose,
    Weekday,
)
from compliance.time_zone import zone

LONGEST = timedelta(days=366)
_MIDNIGHT = time()


def settings_from(form: CampaignForm, now: datetime) -> CampaignSettings | None:
    """The settings that a valid form asks for; None and field errors if they are impossible."""
    start_at = _instant(form, "start")
    end_at = _instant(form, "end")
    open_hours = _open_hours(form)
    _check_ratio(form)
    if start_at is not None and end_at is not None:
        _check_period(form, start_at, end_at, now)
    if form.errors or start_at is None or end_at is None:
        return None
    ratio = form.calls_per_agent.data
    rate = form.calls_per_second.data
    lost = form.detection_percent.data
    return CampaignSettings(
        name=form.name.data,
        start_at=start_at,
        end_at=end_at,
        lines=form.lines.data,
        purpose=Purpose(form.purpose.data),
        dial_mode=DialMode.PREDICTIVE if ratio is not None else DialMode(form.dial_mode.data),
        calls_per_agent=None if ratio is None else float(ratio),
        calls_per_second=None if rate is None else float(rate),
        max_ring=timedelta(seconds=form.ring_seconds.data),
        default_time_zone=form.time_zone.data,
        attempt_limits=(AttemptLimit(form.attempts.data, form.attempt_days.data),),
        open_hours=open_hours,
        weight=form.weight.data,
        inbound_reserve=form.inbound_reserve.data,
        abandonment=AbandonmentTarget(
            target_rate=float(form.abandonment_percent.data) / 100,
            detection_false_positive_rate=None if lost is None else float(lost) / 100,
        ),
    )


def _complain(form: CampaignForm, name: str, problem: str) -> None:
    field = form[name]
    field.errors = [*field.errors, problem]


def _instant(form: CampaignForm, name: str) -> datetime | None:
    """The UTC instant of a local time; None where the zone's clocks jump over it."""
    local: datetime = form[name].data.replace(tzinfo=zone(form.time_zone.data))
    try:
        instant = local.astimezone(UTC)
    except OverflowError:
        _complain(form, name, "This date cannot be used.")
        return None
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        _complain(form, name, "Clocks in this zone jump over this time; take another one.")
        return None
    return instant


def _check_ratio(form: CampaignForm) -> None:
    """A number goes with the fixed ratio, and only with it."""
    is_fixed = form.dial_mode.data == words.FIXED_RATIO
    if is_fixed and form.calls_per_agent.data is None:
        _complain(form, "calls_per_agent", "Give the number: a fixed ratio needs it.")
    elif not is_fixed and form.calls_per_agent.data is not None:
        _complain(form, "calls_per_agent", "Leave this empty, or choose the fixed ratio above.")


def _check_period(form: CampaignForm, start: datetime, end: datetime, now: datetime) -> None:
    if end <= start:
        _complain(form, "end", "The end must be after the start.")
    elif end <= now:
        _complain(form, "end", "The end is past: nothing would be dialed.")
    elif end - start > LONGEST:
        _complain(form, "end", f"A campaign runs for {LONGEST.days} days at most.")


def _open_hours(form: CampaignForm) -> OpenHours | None:
    """The hours by day; None if no day has any, which leaves it to the law."""
    hours: dict[Weekday, tuple[OpenSpan, ...]] = {}
    for day in Weekday:
        start, end = form[f"{day}_from"].data, form[f"{day}_to"].data
        if start is None and end is None:
            continue
        if start is None or end is None:
            _complain(form, f"{day}_to", "Give both times, or neither to stay closed.")
        elif end != _MIDNIGHT and end <= start:
            _complain(form, f"{day}_to", "Must be after the first time; 00:00 is the day's end.")
        else:
            hours[day] = (OpenSpan(start, end),)
    return hours or None
