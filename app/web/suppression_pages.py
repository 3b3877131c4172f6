"""The pages of suppressed numbers: what stands against one, add an entry, take a wrong one away."""

from __future__ import annotations

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web import (
    area_pages,
    consent_pages,
    import_pages,
    review_pages,
    suppression_list_pages,
)
from app.web.addresses import address_in
from app.web.context import MAY_RELEASE, account, change, require_role, signed_in, web
from app.web.number_view import Kept, look_up, meaning, standing
from app.web.permission_forms import AddressForm, EntryForm, SuppressForm
from app.web.scopes import offer_scopes, scope_names
from campaigns.permissions import remove_suppression, suppress
from campaigns.ports import NotFoundError
from campaigns.record_store import SqlRecords
from compliance.case import SuppressionSource
from compliance.ports import Suppression

pages = Blueprint("suppressions", __name__, url_prefix="/suppressions")
for part in (suppression_list_pages, area_pages, consent_pages, review_pages, import_pages):
    pages.register_blueprint(part.pages)

SHOWN = 100


@pages.get("")
def index() -> ResponseReturnValue:
    """The newest entries, a search, and a form to add one."""
    return _page(AddressForm(prefix="search"), SuppressForm(prefix="add"), 200)


@pages.post("/search")
def search() -> ResponseReturnValue:
    """Look for a number or an address; by POST, so that it stands in no URL and no log."""
    form = AddressForm(prefix="search")
    address = address_in(form)
    if address is None:
        return _page(form, SuppressForm(prefix="add"), 422)
    with web().parts.database.reading() as uow:
        kept = look_up(uow, account(), address)
    add = SuppressForm(prefix="add")
    add.address.data = address
    return _page(form, add, 200, kept)


@pages.post("")
def add() -> ResponseReturnValue:
    """Reach a number or an address no more, in every campaign or in one."""
    form = SuppressForm(prefix="add")
    offer_scopes(form)
    address = address_in(form)
    if address is None:
        return _page(AddressForm(prefix="search"), form, 422)
    user = signed_in().user
    entry = Suppression(
        account=user.account,
        address=address,
        scope=form.scope.data,
        source=SuppressionSource.INTERNAL,
        basis=form.basis.data,
        recorded_by=user.name,
        recorded_at=web().now,
    )
    with web().parts.database() as uow:
        is_new = suppress(uow, entry, web().parts.phone_key)
    flask.flash("Suppressed from now on." if is_new else "It was suppressed already.")
    return redirect(url_for(".index"))


@pages.post("/remove/ask")
def ask_to_remove() -> ResponseReturnValue:
    """Ask once more, and for the reason, before an entry is taken away."""
    require_role(*MAY_RELEASE)
    form = EntryForm()
    return _removal_page(form, _entry(form), 200)


@pages.post("/remove")
def remove() -> ResponseReturnValue:
    """Take an entry away that was wrong."""
    require_role(*MAY_RELEASE)
    form = EntryForm()
    entry = _entry(form)
    if not form.validate():
        return _removal_page(form, entry, 422)
    with web().parts.database() as uow:
        was_there = remove_suppression(uow, entry, change(form.reason.data), web().parts.phone_key)
    flask.flash("The entry is gone." if was_there else "Somebody else took the entry away.")
    return redirect(url_for(".index"))


def _entry(form: EntryForm) -> Suppression:
    """The entry that the form means, or NotFoundError."""
    address = (form.address.data or "").replace("\0", "")  # PostgreSQL's texts hold none
    with web().parts.database.reading() as uow:
        entries = SqlRecords(uow.connection).suppressions(account(), [address])
    for entry in entries:
        if (entry.scope, entry.source) == (form.scope.data, form.source.data):
            return entry
    raise NotFoundError("suppression", "of this number")


def _removal_page(form: EntryForm, entry: Suppression, status: int) -> ResponseReturnValue:
    return render_template(
        "suppression_remove.html", form=form, entry=entry, scopes=scope_names()
    ), status


def _page(
    search: AddressForm, add: SuppressForm, status: int, kept: Kept | None = None
) -> ResponseReturnValue:
    offer_scopes(add)
    scopes = scope_names()
    now = web().now
    with web().parts.database.reading() as uow:
        newest = uow.suppressions.of_account(account(), SHOWN)
    page = render_template(
        "suppressions.html",
        search=search,
        add=add,
        kept=kept,
        meaning="" if kept is None else meaning(kept, now, scopes),
        standing={} if kept is None else standing(kept.consents, now),
        scopes=scopes,
        newest=newest,
        shown=SHOWN,
    )
    return page, status
