"""The pages of suppression lists: those in use and how old they are, a new copy, and removal."""

from __future__ import annotations

import uuid

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.context import account, change, web
from app.web.permission_forms import ReasonForm
from app.web.registry_age import age_of
from app.web.scopes import scope_names
from campaigns.ports import NotFoundError
from campaigns.restrictions import remove_suppression_list
from compliance.suppression_lists import SuppressionList

pages = Blueprint("lists", __name__, url_prefix="/lists")


@pages.get("")
def index() -> ResponseReturnValue:
    """The lists in use, and the imports that have not made one."""
    rulebook, now = web().parts.rulebook, web().now
    with web().parts.database.reading() as uow:
        lists = uow.suppression_lists.of_account(account())
    return render_template(
        "suppression_lists.html",
        ages=[age_of(one, rulebook, now) for one in lists],
        scopes=scope_names(),
    )


@pages.get("/<uuid:list_id>/remove")
def confirm_removal(list_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more, and for the reason, before a list is used no longer."""
    return _removal_page(ReasonForm(), _find(str(list_id)), 200)


@pages.post("/<uuid:list_id>/remove")
def remove(list_id: uuid.UUID) -> ResponseReturnValue:
    """Use a list no longer."""
    form = ReasonForm()
    about = _find(str(list_id))
    if not form.validate():
        return _removal_page(form, about, 422)
    with web().parts.database() as uow:
        remove_suppression_list(uow, account(), about.id, change(form.reason.data))
    flask.flash(f"The list “{about.name}” is no longer in use.")
    return redirect(url_for(".index"))


def _find(list_id: str) -> SuppressionList:
    """The list, or NotFoundError."""
    with web().parts.database.reading() as uow:
        lists = uow.suppression_lists.of_account(account())
    for one in lists:
        if one.id == list_id:
            return one
    raise NotFoundError("suppression list", list_id)


def _removal_page(form: ReasonForm, about: SuppressionList, status: int) -> ResponseReturnValue:
    page = render_template(
        "suppression_list_remove.html", form=form, about=about, scopes=scope_names()
    )
    return page, status
