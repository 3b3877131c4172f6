"""The pages of consents: what somebody agreed to and took back, and what stands of it now."""

from __future__ import annotations

from datetime import UTC

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.permission_files import ConsentTerms
from app.web.addresses import address_in
from app.web.context import MAY_RELEASE, account, require_role, signed_in, web
from app.web.import_pages import new_import, unfinished
from app.web.number_view import Kept, look_up, standing
from app.web.permission_forms import AddressForm, ConsentFileForm, ConsentForm, RevocationForm
from app.web.scopes import offer_scopes, scope_names
from app.web.store import ImportedThing
from campaigns.permissions import FutureInstantError, record_consent
from compliance.case import Channel, ConsentKind
from compliance.consent_records import EVERYWHERE, ConsentAction, ConsentRecord, ConsentSource

pages = Blueprint("consents", __name__, url_prefix="/consents")


def _forms() -> tuple[AddressForm, ConsentForm, RevocationForm]:
    """The page's three forms, as they were sent or empty; what was said was said now."""
    forms = AddressForm(prefix="search"), ConsentForm(prefix="give"), RevocationForm(prefix="end")
    offer_scopes(forms[1])
    for form in forms[1:]:
        form.at.data = form.at.data or web().now.replace(tzinfo=None)
    return forms


@pages.get("")
def index() -> ResponseReturnValue:
    """A search, and forms to record what somebody said."""
    return _page(*_forms(), 200)


@pages.post("/search")
def search() -> ResponseReturnValue:
    """Look for a number or an address; by POST, so that it stands in no address and no log."""
    form, give, end = _forms()
    address = address_in(form)
    if address is None:
        return _page(form, give, end, 422)
    give.address.data = end.address.data = address
    with web().parts.database.reading() as uow:
        kept = look_up(uow, account(), address)
    return _page(form, give, end, 200, kept)


@pages.post("")
def give() -> ResponseReturnValue:
    """Record that somebody agreed to be reached."""
    search, form, end = _forms()
    address = address_in(form)
    if address is None:
        return _page(search, form, end, 422)
    channel = form.channel.data
    record = _said(
        form,
        address,
        ConsentAction.GIVEN,
        ConsentKind(form.kind.data),
        Channel(channel) if channel else None,
        form.scope.data,
    )
    if not _record(form, record, "The consent is on file."):
        return _page(search, form, end, 422)
    return redirect(url_for(".index"))


@pages.post("/revoke")
def revoke() -> ResponseReturnValue:
    """Record that somebody took all consent back."""
    search, give, form = _forms()
    address = address_in(form)
    if address is None:
        return _page(search, give, form, 422)
    record = _said(
        form, address, ConsentAction.REVOKED, ConsentKind.EXPRESS_WRITTEN, None, EVERYWHERE
    )
    if not _record(form, record, "All consent is taken back from that instant on."):
        return _page(search, give, form, 422)
    return redirect(url_for(".index"))


@pages.get("/import")
def new_file() -> ResponseReturnValue:
    """The form for a file of consents, and the imports that kept none."""
    require_role(*MAY_RELEASE)
    return _file_page(ConsentFileForm(), 200)


@pages.post("/import")
def upload() -> ResponseReturnValue:
    """Take a file of consents and keep them in the background: all, or none if a row is bad."""
    require_role(*MAY_RELEASE)
    form = ConsentFileForm()
    if not form.validate():
        return _file_page(form, 422)
    begun, stream = new_import(ImportedThing.CONSENTS, "", form.file.data, "consents.csv")
    with web().parts.database.reading() as uow:
        campaigns = frozenset(one.id for one in uow.campaigns.of_account(begun.account))
    terms = ConsentTerms(
        begun.account, begun.started_by, web().now, form.country.data or None, campaigns
    )
    web().permission_imports.start_consents(begun, stream, terms)
    return redirect(url_for("suppressions.imports.show", import_id=begun.id))


def _file_page(form: ConsentFileForm, status: int) -> ResponseReturnValue:
    page = render_template(
        "consent_import.html", form=form, imports=unfinished(ImportedThing.CONSENTS)
    )
    return page, status


def _said(
    form: RevocationForm,
    address: str,
    action: ConsentAction,
    kind: ConsentKind,
    channel: Channel | None,
    scope: str,
) -> ConsentRecord:
    user = signed_in().user
    return ConsentRecord(
        account=user.account,
        address=address,
        action=action,
        kind=kind,
        channel=channel,
        scope=scope,
        at=form.at.data.replace(tzinfo=UTC),
        source=ConsentSource(form.source.data),
        basis=form.basis.data,
        evidence=form.evidence.data,
        recorded_by=user.name,
        recorded_at=web().now,
    )


def _record(form: RevocationForm, record: ConsentRecord, said: str) -> bool:
    """Keep what was said; False and a field error if it lies ahead."""
    try:
        with web().parts.database() as uow:
            is_new = record_consent(uow, record, web().parts.phone_key)
    except FutureInstantError as error:
        form.at.errors = [f"{error}."]
        return False
    flask.flash(said if is_new else "This was on file already.")
    return True


def _page(
    search: AddressForm,
    give: ConsentForm,
    end: RevocationForm,
    status: int,
    kept: Kept | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "consents.html",
        search=search,
        give=give,
        end=end,
        kept=kept,
        standing={} if kept is None else standing(kept.consents, web().now),
        scopes=scope_names(),
    )
    return page, status
