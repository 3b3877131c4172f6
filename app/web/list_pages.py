"""The contact lists' pages: all of them, an upload with its progress, and its report."""

from __future__ import annotations

import csv
import io
import uuid
from pathlib import PurePath
from typing import BinaryIO

import flask
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.contact_file import MAX_ROW, BadContactFileError, read_rows
from app.web.accounts import new_id
from app.web.context import account, signed_in, web
from app.web.forms import MAX_NAME, UploadForm
from app.web.imports import KEPT_LINES, Upload
from app.web.store import ImportState, ListImport, ListImports
from app.web.uploads import file_name, own_copy
from campaigns.contact import ContactList, ListState
from campaigns.importing import ColumnMapping, Field, escape_cell
from campaigns.ports import NotFoundError

pages = Blueprint("lists", __name__, url_prefix="/lists")

LINES_A_PAGE = 200


@pages.get("")
def index() -> ResponseReturnValue:
    """All lists, and the imports that have not made one."""
    with web().parts.database.reading() as uow:
        lists = uow.contact_lists.of_account(account())
        imports = ListImports(uow.connection).unfinished(account())
    ready = [one for one in lists if one.state is ListState.READY]
    return render_template("lists.html", lists=ready, imports=imports)


@pages.get("/new")
def new() -> ResponseReturnValue:
    """The upload form."""
    return _form_page(UploadForm(), 200)


@pages.post("/new")
def upload() -> ResponseReturnValue:
    """Take a file and import it in the background; a file that is no use is refused at once."""
    form = UploadForm()
    if not form.validate():
        return _form_page(form, 422)
    stream = own_copy(form.file.data)
    size = stream.seek(0, io.SEEK_END)
    its_name = file_name(form.file.data.filename, "contacts.csv")
    mapping = _mapping(form.phone_column.data)
    try:
        stream.seek(0)
        read_rows(stream, its_name, mapping)
    except BadContactFileError as error:
        columns = _header(stream)
        stream.close()
        form.file.errors = [_sentence(error)]
        return _form_page(form, 422, columns if _lacks_phone(error, mapping) else [])
    stream.seek(0)
    list_id = new_id()
    name = (form.name.data or PurePath(its_name).stem)[:MAX_NAME]
    user = signed_in().user
    web().imports.start(
        user.account, list_id, Upload(stream, size, its_name, name, mapping), user.name
    )
    return redirect(url_for(".show", list_id=list_id))


@pages.get("/<uuid:list_id>")
def show(list_id: uuid.UUID) -> ResponseReturnValue:
    """An import under way, or the report of one that ended."""
    begun, contact_list = _find(str(list_id))
    if contact_list is None:
        assert begun is not None
        return render_template("list_import.html", begun=begun)
    after = request.args.get("after", 0, type=int)
    with web().parts.database.reading() as uow:
        lines = ListImports(uow.connection).lines(contact_list.id, after, LINES_A_PAGE + 1)
    return render_template(
        "list.html",
        contact_list=contact_list,
        begun=begun,
        lines=lines[:LINES_A_PAGE],
        next_after=lines[LINES_A_PAGE - 1].line if len(lines) > LINES_A_PAGE else None,
        after=after,
        kept=KEPT_LINES,
    )


@pages.get("/<uuid:list_id>/progress")
def progress(list_id: uuid.UUID) -> ResponseReturnValue:
    """What the page of an import under way fetches every second."""
    begun, contact_list = _find(str(list_id))
    if contact_list is not None or begun is None:
        return {"done": True}
    return {
        "done": begun.state is ImportState.FAILED,
        "figures": render_template("list_progress.html", begun=begun),
    }


@pages.get("/<uuid:list_id>/rejected.csv")
def rejected(list_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that became no contact, as a file that no spreadsheet takes for formulas (S7)."""
    _, contact_list = _find(str(list_id))
    if contact_list is None:
        raise NotFoundError("contact list", str(list_id))
    with web().parts.database.reading() as uow:
        lines = ListImports(uow.connection).lines(contact_list.id, 0, KEPT_LINES)

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["line", "status", "reason", "column"])
    for line in lines:
        cells = [str(line.line), line.status, line.reason or "", line.column or ""]
        writer.writerow([escape_cell(cell) for cell in cells])
    return Response(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=rejected-rows.csv"},
    )


@pages.post("/<uuid:list_id>/forget")
def forget(list_id: uuid.UUID) -> ResponseReturnValue:
    """Drop the note of an import that failed."""
    _find(str(list_id))
    with web().parts.database() as uow:
        ListImports(uow.connection).forget(account(), str(list_id))
    flask.flash("The note of the failed import is gone.")
    return redirect(url_for(".index"))


def _find(list_id: str) -> tuple[ListImport | None, ContactList | None]:
    """The import of a list and the list once it is ready; NotFoundError if there is neither."""
    with web().parts.database.reading() as uow:
        begun = ListImports(uow.connection).get(account(), list_id)
        try:
            contact_list = uow.contact_lists.get(account(), list_id)
        except NotFoundError:
            if begun is None:
                raise
            return begun, None
    if contact_list.state is not ListState.READY:
        if begun is None:  # another door imports it
            raise NotFoundError("contact list", list_id)
        return begun, None
    return begun, contact_list


def _form_page(
    form: UploadForm, status: int, columns: list[str] | None = None
) -> ResponseReturnValue:
    return render_template("list_new.html", form=form, columns=columns or []), status


def _mapping(phone_column: str | None) -> ColumnMapping:
    if not phone_column:
        return ColumnMapping()
    fields = {field: field.value for field in Field}
    return ColumnMapping(fields | {Field.PHONE: phone_column})


def _lacks_phone(error: BadContactFileError, mapping: ColumnMapping) -> bool:
    return error.line == 1 and error.field == mapping.fields[Field.PHONE]


def _header(stream: BinaryIO) -> list[str]:
    """The column names, as far as they can be read, to choose the phone column from."""
    stream.seek(0)
    line = stream.readline(MAX_ROW).decode("utf-8-sig", errors="replace")
    try:
        names = next(csv.reader([line]), [])
    except csv.Error:
        return []
    return [name.strip() for name in names if name.strip()][:200]


def _sentence(error: BadContactFileError) -> str:
    return f"{error}. Nothing was kept."
