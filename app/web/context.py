"""What every page works with: the parts, the signed-in user, the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import abort, current_app

from app.bootstrap import Parts
from app.web import sessions
from app.web.background import Background
from app.web.dry_runs import DryRuns
from app.web.figures import LiveFigures
from app.web.forecasts import Forecasts
from app.web.imports import ListImporter
from app.web.permission_imports import PermissionImporter
from app.web.user_store import Session
from campaigns.audit import Change
from campaigns.role import Role


@dataclass(frozen=True, slots=True)
class Web:
    """The parts of the service, and what one web process holds besides them."""

    parts: Parts
    background: Background
    imports: ListImporter
    permission_imports: PermissionImporter
    figures: LiveFigures
    dry_runs: DryRuns
    forecasts: Forecasts

    @property
    def now(self) -> datetime:
        """The instant."""
        return self.parts.clock.now()


EXTENSION = "fairdial"

MAY_RELEASE = (Role.ADMINISTRATOR, Role.COMPLIANCE_OFFICER, Role.MANAGER)
"""Who may take away what protects people. An agent may add to it, and record what they agree to."""


def web() -> Web:
    """The application that answers this request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Web)
    return found


def signed_in() -> Session:
    """The session that makes this request; every route but the public ones has one."""
    found = sessions.current()
    if found is None:
        abort(401)
    return found.session


def require_role(*roles: Role) -> None:
    """Refuse the request with 403 unless its user has one of these roles."""
    if signed_in().user.role not in roles:
        abort(403)


def may_release() -> bool:
    """Whether the signed-in user may take away what protects people."""
    return signed_in().user.role in MAY_RELEASE


def account() -> str:
    """The account whose things the request may see; all others look like missing ones."""
    return signed_in().user.account


def change(reason: str = "") -> Change:
    """That the signed-in user changes something now."""
    return Change(signed_in().user.name, web().now, reason)
