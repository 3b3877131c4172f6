"""A case as the fields of the screening contract, without what names a person.

What is written here reads back as the same case (app/case_reader.py), but for the number or the
address, which whoever may see it puts back; so that a decision can be made again from its record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time

from compliance.case import CampaignTerms, Case, Consent, ContactFacts, PastAttempt

_CA_POSTAL_CODE = re.compile(r"([A-Z][0-9][A-Z]) ?[0-9][A-Z][0-9]", re.ASCII)
_US_POSTAL_CODE = re.compile(r"([0-9]{3})[0-9]{2}(?:-?[0-9]{4})?", re.ASCII)


def case_fields(case: Case) -> dict[str, object]:
    """The case's fields, those that are not given left out; no number, no e-mail address.

    Of the postal code only the three digits that screening looks at are kept.
    """
    return _given(
        {
            "at": _instant(case.at),
            "channel": case.channel.value,
            "contact": _contact(case.contact),
            "campaign": _campaign(case.campaign),
            "history": [_past(entry) for entry in case.history],
            "suppressed": [
                _given({"list": each.source.value, "at": _instant(each.at)})
                for each in case.suppressed
            ],
            "registries": [
                {"name": copy.name, "as_of": copy.as_of.isoformat()} for copy in case.registries
            ],
        }
    )


def _contact(contact: ContactFacts) -> dict[str, object]:
    return _given(
        {
            "country": contact.country,
            "region": contact.region,
            "postal_code": _postal_prefix(contact.postal_code),
            "time_zone": contact.time_zone,
            "consent": contact.consent and _consent(contact.consent),
            "debts": list(contact.debts),
        }
    )


def _postal_prefix(postal_code: str | None) -> str | None:
    """A postal code that begins alike, which is all that screening looks at; else nothing."""
    text = (postal_code or "").strip()
    if found := _US_POSTAL_CODE.fullmatch(text):
        return f"{found[1]}00"
    if found := _CA_POSTAL_CODE.fullmatch(text.upper()):
        return f"{found[1]} 0A0"
    return None


def _consent(consent: Consent) -> dict[str, object]:
    return _given(
        {
            "kind": consent.kind.value,
            "at": _instant(consent.at),
            "revoked_at": _instant(consent.revoked_at),
        }
    )


def _campaign(terms: CampaignTerms) -> dict[str, object]:
    hours = terms.open_hours
    fields = _given(
        {
            "purpose": terms.purpose.value,
            "subject": terms.subject,
            "dial_mode": terms.dial_mode.value,
            "agent_guaranteed": terms.agent_guaranteed,
            "max_ring_seconds": round(terms.max_ring.total_seconds()),
            "restricted_periods": [
                {"name": each.name, "start": each.start.isoformat(), "end": each.end.isoformat()}
                for each in terms.restricted_periods
            ],
            "attempt_limits": [
                {"max": each.max, "days": each.days} for each in terms.attempt_limits
            ],
            "rules": list(terms.rules),
        }
    )
    if hours is not None:  # no hours at all are something else than no rule about hours
        fields["open_hours"] = {
            day.value: [{"start": _clock(span.start), "end": _clock(span.end)} for span in spans]
            for day, spans in hours.items()
        }
    return fields


def _past(entry: PastAttempt) -> dict[str, object]:
    return _given(
        {
            "at": _instant(entry.at),
            "channel": entry.channel.value,
            "direction": entry.direction.value,
            "outcome": entry.outcome and entry.outcome.value,
            "subject": entry.subject,
            "debts": list(entry.debts),
        }
    )


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None and value != []}


def _instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _clock(at: time) -> str:
    return at.strftime("%H:%M")
