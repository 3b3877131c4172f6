"""The page of areas that are not called: close one, and open one again."""

from __future__ import annotations

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.context import MAY_RELEASE, account, change, require_role, signed_in, web
from app.web.permission_forms import AreaForm, OpenAreaForm
from app.web.scopes import offer_scopes, scope_names
from campaigns.ports import NotFoundError
from campaigns.restrictions import UnknownAreaError, open_area, suppress_area
from compliance.suppression_lists import SuppressedArea

pages = Blueprint("areas", __name__, url_prefix="/areas")


@pages.get("")
def index() -> ResponseReturnValue:
    """The areas that are closed, and a form to close one."""
    return _page(AreaForm(), 200)


@pages.post("")
def close() -> ResponseReturnValue:
    """Call nobody in an area from now on."""
    form = AreaForm()
    offer_scopes(form)
    if not form.validate():
        return _page(form, 422)
    user = signed_in().user
    area = SuppressedArea(
        account=user.account,
        area=form.area.data,
        scope=form.scope.data,
        basis=form.basis.data,
        recorded_by=user.name,
        recorded_at=web().now,
    )
    try:
        with web().parts.database() as uow:
            is_new = suppress_area(uow, area, web().parts.rulebook)
    except UnknownAreaError as error:
        form.area.errors = [f"{error}."]
        return _page(form, 422)
    flask.flash("The area is closed from now on." if is_new else "The area was closed already.")
    return redirect(url_for(".index"))


@pages.post("/open/ask")
def ask_to_open() -> ResponseReturnValue:
    """Ask once more, and for the reason; by POST, since an area may be as narrow as a number."""
    require_role(*MAY_RELEASE)
    form = OpenAreaForm()
    return _opening_page(form, _closed(form), 200)


@pages.post("/open")
def reopen() -> ResponseReturnValue:
    """Let an area be called again."""
    require_role(*MAY_RELEASE)
    form = OpenAreaForm()
    area = _closed(form)
    if not form.validate():
        return _opening_page(form, area, 422)
    with web().parts.database() as uow:
        open_area(uow, area, change(form.reason.data))
    flask.flash("The area may be called again, within the law's hours and limits.")
    return redirect(url_for(".index"))


def _closed(form: OpenAreaForm) -> SuppressedArea:
    """The closed area that the form means, or NotFoundError."""
    with web().parts.database.reading() as uow:
        areas = uow.suppression_lists.areas(account())
    for area in areas:
        if (area.area, area.scope) == (form.area.data, form.scope.data):
            return area
    raise NotFoundError("closed area", "of this code")


def _opening_page(form: OpenAreaForm, area: SuppressedArea, status: int) -> ResponseReturnValue:
    return render_template("area_open.html", form=form, area=area, scopes=scope_names()), status


def _page(form: AreaForm, status: int) -> ResponseReturnValue:
    offer_scopes(form)
    with web().parts.database.reading() as uow:
        areas = uow.suppression_lists.areas(account())
    return render_template("areas.html", form=form, areas=areas, scopes=scope_names()), status
