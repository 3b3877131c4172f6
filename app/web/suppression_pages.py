"""The pages of suppressed numbers: what stands against one, add an entry, take a wrong one away."""

from __future__ import annotations

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web import area_pages, consent_pages, review_pages, suppression_list_pages
from app.web.addresses import read_number
from app.web.context import account, change, signed_in, web
from app.web.forms import SearchForm
from app.web.number_view import Kept, look_up, meaning, standing
from app.web.permission_forms import EntryForm, NumberForm
from app.web.scopes import offer_scopes, scope_names
from campaigns.permissions import remove_suppression, suppress
from campaigns.ports import NotFoundError
from campaigns.record_store import SqlRecords
from compliance.case import SuppressionSource
from compliance.ports import Suppression

pages = Blueprint("suppressions", __name__, url_prefix="/suppressions")
for part in (suppression_list_pages, area_pages, consent_pages, review_pages):
    pages.register_blueprint(part.pages)

SHOWN = 100


@pages.get("")
def index() -> ResponseReturnValue:
    """The newest entries, a search, and a form to add one."""
    return _page(SearchForm(prefix="search"), NumberForm(prefix="add"), 200)


@pages.post("/search")
def search() -> ResponseReturnValue:
    """Look for a number; by POST, so that the number stands in no address and no log."""
    form = SearchForm(prefix="search")
    phone = read_number(form)
    if phone is None:
        return _page(form, NumberForm(prefix="add"), 422)
    with web().parts.database.reading() as uow:
        kept = look_up(uow, account(), phone)
    add = NumberForm(prefix="add")
    add.phone.data = phone
    return _page(form, add, 200, kept)


@pages.post("")
def add() -> ResponseReturnValue:
    """Suppress a number from now on, in every campaign or in one."""
    form = NumberForm(prefix="add")
    offer_scopes(form)
    phone = read_number(form)
    if phone is None:
        return _page(SearchForm(prefix="search"), form, 422)
    user = signed_in().user
    entry = Suppression(
        account=user.account,
        address=phone,
        scope=form.scope.data,
        source=SuppressionSource.INTERNAL,
        basis=form.basis.data,
        recorded_by=user.name,
        recorded_at=web().now,
    )
    with web().parts.database() as uow:
        is_new = suppress(uow, entry, web().parts.phone_key)
    flask.flash(
        "The number is suppressed from now on." if is_new else "The number was suppressed already."
    )
    return redirect(url_for(".index"))


@pages.post("/remove/ask")
def ask_to_remove() -> ResponseReturnValue:
    """Ask once more, and for the reason, before an entry is taken away."""
    form = EntryForm()
    return _removal_page(form, _entry(form), 200)


@pages.post("/remove")
def remove() -> ResponseReturnValue:
    """Take an entry away that was wrong."""
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
    address = form.address.data or ""
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
    search: SearchForm, add: NumberForm, status: int, kept: Kept | None = None
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
