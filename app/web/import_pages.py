"""The page of a file of numbers or consents that was uploaded: how far it is, and its report."""

from __future__ import annotations

import io
import uuid
from typing import BinaryIO

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.web.accounts import new_id
from app.web.context import account, signed_in, web
from app.web.permission_imports import KEPT_ROWS
from app.web.store import ImportedThing, ImportState, PermissionImport, PermissionImports
from app.web.uploads import file_name, own_copy
from campaigns.ports import NotFoundError

pages = Blueprint("imports", __name__, url_prefix="/imports")

SECTIONS = {
    ImportedThing.NUMBERS: "suppressions.lists",
    ImportedThing.CONSENTS: "suppressions.consents",
}
"""Which pages an import belongs to."""


def new_import(
    what: ImportedThing, name: str, uploaded: FileStorage, otherwise: str
) -> tuple[PermissionImport, BinaryIO]:
    """An import that is to begin, and its file; `name` empty: the file's name."""
    stream = own_copy(uploaded)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    its_name = file_name(uploaded.filename, otherwise)
    user, now = signed_in().user, web().now
    begun = PermissionImport(
        id=new_id(),
        account=user.account,
        what=what,
        name=name or its_name,
        file_name=its_name,
        state=ImportState.WAITING,
        to_read=size,
        read_bytes=0,
        problem=None,
        report={},
        started_by=user.name,
        started_at=now,
        updated_at=now,
    )
    return begun, stream


def unfinished(what: ImportedThing) -> list[PermissionImport]:
    """The account's imports that wait, run or have failed."""
    with web().parts.database.reading() as uow:
        return PermissionImports(uow.connection).unfinished(account(), what)


@pages.get("/<uuid:import_id>")
def show(import_id: uuid.UUID) -> ResponseReturnValue:
    """An import under way, or the report of one that ended."""
    begun = _find(import_id)
    return render_template(
        "permission_import.html", begun=begun, section=SECTIONS[begun.what], kept=KEPT_ROWS
    )


@pages.get("/<uuid:import_id>/progress")
def progress(import_id: uuid.UUID) -> ResponseReturnValue:
    """What the page of an import under way fetches every second."""
    begun = _find(import_id)
    return {
        "done": begun.state in (ImportState.DONE, ImportState.FAILED),
        "figures": render_template("permission_progress.html", begun=begun),
    }


@pages.post("/<uuid:import_id>/forget")
def forget(import_id: uuid.UUID) -> ResponseReturnValue:
    """Drop the note of an import that has ended."""
    begun = _find(import_id)
    with web().parts.database() as uow:
        PermissionImports(uow.connection).forget(account(), begun.id)
    flask.flash("The note of the import is gone.")
    return redirect(url_for(f"{SECTIONS[begun.what]}.index"))


def _find(import_id: uuid.UUID) -> PermissionImport:
    """The import, or NotFoundError."""
    with web().parts.database.reading() as uow:
        begun = PermissionImports(uow.connection).get(account(), str(import_id))
    if begun is None:
        raise NotFoundError("import", str(import_id))
    return begun
