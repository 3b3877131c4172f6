"""Ids that are made from what they name, so that the same thing always has the same id."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("5a1c3df0-93a8-5f0e-8a0e-0f6d7c2b4e91")


def derive_id(*parts: str | int) -> str:
    """A UUID (version 5) of the parts, in this order."""
    return str(uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts)))


def attempt_id(campaign_id: str, contact_id: str, number: int) -> str:
    """The id of the n-th attempt of a campaign on a contact: there can only be one."""
    return derive_id("attempt", campaign_id, contact_id, number)
