"""The suppressions' page: is a number suppressed, and suppress one."""

from __future__ import annotations

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.context import account, signed_in, web
from app.web.forms import SearchForm, SuppressForm
from campaigns.permissions import suppress
from compliance.case import SuppressionSource
from compliance.phone_number import InvalidPhoneNumberError, parse
from compliance.ports import WHOLE_ACCOUNT, Suppression

pages = Blueprint("suppressions", __name__, url_prefix="/suppressions")

SHOWN = 100


@pages.get("")
def index() -> ResponseReturnValue:
    """The newest entries, a search, and a form to add one."""
    return _page(SearchForm(prefix="search"), SuppressForm(prefix="add"), 200)


@pages.post("/search")
def search() -> ResponseReturnValue:
    """Look for a number; by POST, so that the number stands in no address and no log."""
    form = SearchForm(prefix="search")
    phone = _e164(form)
    if phone is None:
        return _page(form, SuppressForm(prefix="add"), 422)
    with web().parts.database.reading() as uow:
        found = uow.suppressions.entries(account(), WHOLE_ACCOUNT, [phone]).get(phone, ())
    add = SuppressForm(prefix="add")
    add.phone.data = phone
    return _page(form, add, 200, searched=phone, found=found)


@pages.post("")
def add() -> ResponseReturnValue:
    """Suppress a number in every campaign, from now on."""
    form = SuppressForm(prefix="add")
    phone = _e164(form)
    if phone is None:
        return _page(SearchForm(prefix="search"), form, 422)
    now = web().now
    user = signed_in().user
    entry = Suppression(
        account=user.account,
        address=phone,
        scope=WHOLE_ACCOUNT,
        source=SuppressionSource.INTERNAL,
        basis=form.basis.data,
        recorded_by=user.name,
        recorded_at=now,
    )
    with web().parts.database() as uow:
        is_new = suppress(uow, entry, web().parts.phone_key)
    flask.flash(
        "The number is suppressed: no campaign calls it any more."
        if is_new
        else "The number was suppressed already."
    )
    return redirect(url_for(".index"))


def _e164(form: SearchForm) -> str | None:
    """The number in canonical spelling; None and a field error if it is none."""
    if not form.validate():
        return None
    try:
        return parse(form.phone.data, form.country.data or None).e164
    except InvalidPhoneNumberError as error:
        form.phone.errors = [f"{str(error).capitalize()}."]
        return None


def _page(
    search: SearchForm,
    add: SuppressForm,
    status: int,
    searched: str | None = None,
    found: object = (),
) -> ResponseReturnValue:
    with web().parts.database.reading() as uow:
        newest = uow.suppressions.of_account(account(), SHOWN)
    page = render_template(
        "suppressions.html",
        search=search,
        add=add,
        searched=searched,
        found=found,
        newest=newest,
        shown=SHOWN,
    )
    return page, status
