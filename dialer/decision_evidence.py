"""The evidence of a screening and of a call's end: what each entry of a campaign's chain says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.attempt import Attempt
from campaigns.events import instant_text
from compliance.case import Case
from compliance.case_text import case_fields
from compliance.consent_records import ConsentRecord
from compliance.evidence import Evidence, EvidenceKind, body_text, campaign_chain
from compliance.overrides import Override
from compliance.screening import Allow, Decision, Defer, Deny


@dataclass(frozen=True, slots=True)
class Screened:
    """One screening: the case with all that it was made from, and the decision."""

    case: Case
    decision: Decision
    consents: Sequence[ConsentRecord] = ()
    overrides: Sequence[Override] = ()


def of_decision(
    screened: Screened,
    *,
    account: str,
    campaign_id: str,
    contact_id: str,
    phone_hash: str,
    attempt_id: str | None,
) -> Evidence:
    """What was decided about a contact, with everything that it was decided from.

    The case reads back as `fairdial screen` takes it, once the number is put back in.
    """
    case, decision = screened.case, screened.decision
    facts: dict[str, object] = {
        **decision_facts(decision),
        "case": case_fields(case),
        "lists": [entry.list_name for entry in case.suppressed if entry.list_name],
        "consents": [record.id for record in screened.consents],
        "overrides": [
            {"id": each.id, "rule": each.rule.value, "by": each.by} for each in screened.overrides
        ],
    }
    return Evidence(
        chain=campaign_chain(campaign_id),
        account=account,
        at=case.at,
        kind=EvidenceKind.DECISION,
        body=body_text(facts),
        campaign_id=campaign_id,
        contact_id=contact_id,
        attempt_id=attempt_id,
        phone_hash=phone_hash,
    )


def decision_facts(decision: Decision) -> dict[str, object]:
    """What was decided, as an entry says it: made again from the same case, it is the same."""
    facts: dict[str, object] = {
        "timeZones": list(decision.time_zones),
        "rulebook": decision.rulebook,
    }
    match decision:
        case Allow():
            return {**facts, "decision": "allow"}
        case Defer():
            not_before = instant_text(decision.not_before)
            return {**facts, "decision": "defer", "notBefore": not_before, **_reasons(decision)}
        case Deny():
            return {**facts, "decision": "deny", **_reasons(decision)}


def _reasons(decision: Defer | Deny) -> dict[str, object]:
    return {
        "reasons": [
            {"code": reason.code.value, "rule": reason.rule, "citation": reason.citation}
            for reason in decision.reasons
        ]
    }


def of_outcome(attempt: Attempt, now: datetime) -> Evidence:
    """How a call ended: every instant that is known of it, who spoke, and what it came to."""
    facts: dict[str, object] = {
        "number": attempt.number,
        "dialMode": attempt.dial_mode.value,
        "placedAt": _instant(attempt.placed_at),
        "dialedAt": _instant(attempt.dialed_at),
        "rangAt": _instant(attempt.rang_at),
        "answeredAt": _instant(attempt.answered_at),
        "greetingStartAt": _instant(attempt.greeting_start_at),
        "greetingStopAt": _instant(attempt.greeting_stop_at),
        "answeredBy": attempt.answered_by,
        "connectedAt": _instant(attempt.connected_at),
        "agentId": attempt.agent_id,
        "abandoned": attempt.abandoned,
        "messagePlayed": attempt.message_played,
        "disconnectedAt": _instant(attempt.disconnected_at),
        "disconnectedBy": attempt.disconnected_by,
        "endedAt": _instant(attempt.ended_at),
        "disposition": attempt.disposition,
    }
    return Evidence(
        chain=campaign_chain(attempt.campaign_id),
        account=attempt.account,
        at=attempt.ended_at or now,
        kind=EvidenceKind.OUTCOME,
        body=body_text(facts),
        campaign_id=attempt.campaign_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
    )


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
