"""Which consent stands at an instant, and what it is enough for."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from compliance.case import CampaignTerms, Consent, ConsentKind
from compliance.rules import ConsentDuty, Exemption, Jurisdiction, LegalChannel, legal_purpose

_STRENGTH = {
    ConsentKind.NONE: 0,
    ConsentKind.EXISTING_RELATIONSHIP: 1,
    ConsentKind.EXPRESS: 2,
    ConsentKind.EXPRESS_WRITTEN: 3,
}


def on_file(consent: Consent | None, at: datetime) -> Consent | None:
    """The consent that an attempt at `at` may rest on: one dated later is none (reading 19).

    It stays none for every later instant that is looked at, because nobody can promise that it
    will be given; that an older one was taken back is known all the same.
    """
    if consent is None or consent.at is None or consent.at <= at:
        return consent
    return Consent(ConsentKind.NONE, revoked_at=consent.revoked_at)


def is_revoked(consent: Consent | None, instant: datetime) -> bool:
    """The contact took consent back up to `instant` and has not given it again since."""
    if consent is None or consent.revoked_at is None or consent.revoked_at > instant:
        return False
    if consent.at is None or consent.kind is ConsentKind.NONE:
        return True
    return consent.at <= consent.revoked_at


def standing(consent: Consent | None, instant: datetime) -> Consent | None:
    """The consent on file that counts at `instant`: not revoked by then."""
    return None if is_revoked(consent, instant) else consent


def suffices(consent: Consent | None, kind: ConsentKind) -> bool:
    """Whether a standing consent is of `kind` or stronger."""
    return consent is not None and _STRENGTH[consent.kind] >= _STRENGTH[kind]


def lifts(consent: Consent | None, exemptions: Iterable[Exemption], instant: datetime) -> bool:
    """Whether a standing consent is one of those that lift a rule at `instant`."""
    return any(_lifts(consent, exemption, instant) for exemption in exemptions)


def duties(
    rules: Iterable[Jurisdiction], campaign: CampaignTerms, channel: LegalChannel
) -> Iterator[ConsentDuty]:
    """The rules that ask for consent for this purpose, channel and dial mode."""
    purpose = legal_purpose(campaign.purpose)
    for jurisdiction in rules:
        if purpose in jurisdiction.purposes:
            for duty in jurisdiction.consents:
                if channel in duty.channels and not _is_excepted(duty, campaign, channel):
                    yield duty


def months_later(instant: datetime, months: int) -> datetime:
    """The same UTC day and time some calendar months on; a month's last day stays its last."""
    moved = instant.astimezone(UTC)
    years, month = divmod(moved.month - 1 + months, 12)
    year = moved.year + years
    day = min(moved.day, calendar.monthrange(year, month + 1)[1])
    return moved.replace(year=year, month=month + 1, day=day)


def _is_excepted(duty: ConsentDuty, campaign: CampaignTerms, channel: LegalChannel) -> bool:
    return channel is LegalChannel.VOICE_LIVE and campaign.dial_mode in duty.except_modes


def _lifts(consent: Consent | None, exemption: Exemption, instant: datetime) -> bool:
    if consent is None:
        return False
    if exemption.within_months is None:
        return suffices(consent, exemption.kind)
    if consent.kind is not exemption.kind or consent.at is None:
        return False
    return instant < months_later(consent.at, exemption.within_months)
