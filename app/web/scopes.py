"""How far a record reaches, as forms offer it and pages name it: every campaign, or one."""

from __future__ import annotations

from app.web.context import account, web
from app.web.forms import Form, choices
from compliance.consent_records import EVERYWHERE

EVERY_CAMPAIGN = "Every campaign"


def scope_names() -> dict[str, str]:
    """What each scope of the account is called, by its code: the newest campaigns first."""
    with web().parts.database.reading() as uow:
        campaigns = uow.campaigns.of_account(account())
    return {EVERYWHERE: EVERY_CAMPAIGN, **{one.id: one.settings.name for one in campaigns}}


def offer_scopes(form: Form) -> None:
    """Let a form choose among the scopes that there are."""
    form.scope.choices = choices(scope_names())
