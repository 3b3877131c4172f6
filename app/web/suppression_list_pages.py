"""The pages of suppression lists: those in use and how old they are, a new copy, and removal."""

from __future__ import annotations

import uuid

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.context import MAY_RELEASE, account, change, require_role, signed_in, web
from app.web.forms import choices
from app.web.import_pages import new_import, unfinished
from app.web.permission_forms import CopyForm, ListForm, ReasonForm
from app.web.permission_imports import NumbersOrder
from app.web.registry_age import age_of, registries
from app.web.scopes import offer_scopes, scope_names
from app.web.store import ImportedThing
from campaigns.ports import NotFoundError
from campaigns.restrictions import (
    BadListError,
    ListCopy,
    OlderCopyError,
    check_copy,
    remove_suppression_list,
)
from compliance.number_set import NumberSet
from compliance.suppression_lists import ListKind, SuppressionList

pages = Blueprint("lists", __name__, url_prefix="/lists")

NEWER_IN_USE = "The copy in use is newer. To use this one all the same, say so below."


@pages.get("")
def index() -> ResponseReturnValue:
    """The lists in use, and the imports that have not made one."""
    rulebook, now = web().parts.rulebook, web().now
    with web().parts.database.reading() as uow:
        lists = uow.suppression_lists.of_account(account())
    return render_template(
        "suppression_lists.html",
        ages=[age_of(one, rulebook, now) for one in lists],
        imports=unfinished(ImportedThing.NUMBERS),
        scopes=scope_names(),
    )


@pages.get("/new")
def new() -> ResponseReturnValue:
    """The form for a list that is not in use yet."""
    require_role(*MAY_RELEASE)
    return _new_page(ListForm(), 200)


@pages.post("/new")
def upload() -> ResponseReturnValue:
    """Take a file and make a list of it in the background."""
    require_role(*MAY_RELEASE)
    form = ListForm()
    _offer(form)
    if not form.validate():
        return _new_page(form, 422)
    kind = ListKind(form.kind.data)
    copy = _copy(form, form.name.data, kind, form.jurisdiction.data or None, form.scope.data)
    if not _is_usable(copy, form, "name"):
        return _new_page(form, 422)
    return _take(form, copy)


@pages.get("/<uuid:list_id>/replace")
def newer(list_id: uuid.UUID) -> ResponseReturnValue:
    """The form for a newer copy of a list."""
    require_role(*MAY_RELEASE)
    return _newer_page(CopyForm(), _find(str(list_id)), 200)


@pages.post("/<uuid:list_id>/replace")
def replace(list_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file and put it in the list's place in the background."""
    require_role(*MAY_RELEASE)
    form = CopyForm()
    about = _find(str(list_id))
    if not form.validate():
        return _newer_page(form, about, 422)
    copy = _copy(form, about.name, about.kind, about.jurisdiction, about.scope)
    if not _is_usable(copy, form, "as_of"):
        return _newer_page(form, about, 422)
    return _take(form, copy)


def _copy(
    form: CopyForm, name: str, kind: ListKind, jurisdiction: str | None, scope: str
) -> ListCopy:
    """What is known of a copy before its numbers are read."""
    user = signed_in().user
    return ListCopy(
        account=user.account,
        name=name,
        kind=kind,
        jurisdiction=jurisdiction,
        scope=scope,
        as_of=form.as_of.data,
        numbers=NumberSet(),
        sha256="",
        by=user.name,
        now=web().now,
    )


def _is_usable(copy: ListCopy, form: CopyForm, doubtful: str) -> bool:
    """Whether the copy can be used; else the error stands at the date or the `doubtful` field."""
    try:
        with web().parts.database.reading() as uow:
            check_copy(uow, copy, web().parts.rulebook, even_if_older=bool(form.even_if_older.data))
    except OlderCopyError:
        form.as_of.errors = [
            "The copy in use is newer. To use this one all the same, say so below."
        ]
        return False
    except BadListError as error:
        at_fault = "as_of" if copy.as_of > web().now.date() else doubtful
        form[at_fault].errors = [f"{error}."]
        return False
    return True


def _take(form: CopyForm, copy: ListCopy) -> ResponseReturnValue:
    """Begin to import the form's file."""
    begun, stream = new_import(ImportedThing.NUMBERS, copy.name, form.file.data, "numbers.csv")
    country = form.country.data or (copy.jurisdiction or "US").partition("-")[0]
    order = NumbersOrder(copy, country, bool(form.even_if_older.data))
    web().permission_imports.start_numbers(begun, stream, order)
    return redirect(url_for("suppressions.imports.show", import_id=begun.id))


@pages.get("/<uuid:list_id>/remove")
def confirm_removal(list_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more, and for the reason, before a list is used no longer."""
    require_role(*MAY_RELEASE)
    return _removal_page(ReasonForm(), _find(str(list_id)), 200)


@pages.post("/<uuid:list_id>/remove")
def remove(list_id: uuid.UUID) -> ResponseReturnValue:
    """Use a list no longer."""
    require_role(*MAY_RELEASE)
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


def _offer(form: ListForm) -> None:
    offer_scopes(form)
    named = registries(web().parts.rulebook)
    labels = {code: f"{code}, {name}" for code, name in named.items()}
    form.jurisdiction.choices = choices({"": "Choose for a registry", **labels})


def _new_page(form: ListForm, status: int) -> ResponseReturnValue:
    _offer(form)
    return render_template("suppression_list_new.html", form=form), status


def _newer_page(form: CopyForm, about: SuppressionList, status: int) -> ResponseReturnValue:
    return render_template("suppression_list_newer.html", form=form, about=about), status
