"""The Flask application: pages, guard, headers, and errors that say what to do."""

from __future__ import annotations

import traceback
from http import HTTPStatus

import structlog
from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from app.bootstrap import Parts
from app.web import (
    accounts,
    agent_pages,
    campaign_pages,
    evidence_pages,
    list_pages,
    pattern_pages,
    permission_words,
    review_pages,
    sessions,
    sign_in_pages,
    suppression_pages,
    words,
)
from app.web.background import Background
from app.web.context import EXTENSION, Web, may_release
from app.web.dry_runs import DryRuns
from app.web.figures import LiveFigures
from app.web.forecasts import Forecasts
from app.web.imports import ListImporter
from app.web.permission_imports import PermissionImporter
from campaigns.campaign import WrongStateError
from campaigns.messages import ReviewDecidedError
from campaigns.ports import NotFoundError
from campaigns.service import CampaignOverError, ListNotReadyError
from dialer.rehearsing import AlreadyStartedError

PUBLIC = frozenset(
    {"static", "health", "sign_in.form", "sign_in.submit", "sign_in.link", "sign_in.redeem"}
)
"""Endpoints that need no sign-in."""

FORM_BYTES = 64 * 1024
UPLOAD_BYTES = 512 * 1024 * 1024
UPLOAD_MEMORY = 1024 * 1024
"""The parser of uploads needs more room than one read; the file itself goes to disk."""
UPLOADS = frozenset(
    {
        "lists.upload",
        "suppressions.lists.upload",
        "suppressions.lists.replace",
        "suppressions.consents.upload",
    }
)
"""Endpoints that take files."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

MESSAGES = {
    400: "The form could not be read. Go back, load the page again and send it once more.",
    401: "Sign in first.",
    403: "You may not do this.",
    404: "There is no such page, or it is not yours.",
    405: "This address cannot be used in this way; start from the pages.",
    413: "What you sent is too large.",
    429: "Too many tries. Wait a while.",
    500: "Something went wrong on our side. The log says what; nothing was half done.",
}
"""What the reader can do, by status."""

log = structlog.get_logger()


def create_app(parts: Parts) -> Flask:
    """The web application over the service's parts."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=parts.session_key,
        SESSION_COOKIE_NAME="fairdial_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a live page stays open all day
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    background = Background()
    app.extensions[EXTENSION] = Web(
        parts=parts,
        background=background,
        imports=ListImporter(parts, background),
        permission_imports=PermissionImporter(parts, background),
        figures=LiveFigures(parts.database),
        dry_runs=DryRuns(parts),
        forecasts=Forecasts(parts),
    )
    sessions.set_up(
        app, lambda token: accounts.find_session(parts.database, token, parts.clock.now())
    )
    app.before_request(_guard)  # before the CSRF check, which reads the whole form
    CSRFProtect(app)
    app.after_request(_add_headers)
    app.context_processor(
        lambda: {
            "who": sessions.current(),
            "messages_waiting": review_pages.waiting,
            "may_release": may_release,
        }
    )
    app.register_blueprint(sign_in_pages.pages)
    app.register_blueprint(campaign_pages.pages)
    app.register_blueprint(agent_pages.pages)
    app.register_blueprint(list_pages.pages)
    app.register_blueprint(suppression_pages.pages)
    app.register_blueprint(evidence_pages.pages)
    app.register_blueprint(pattern_pages.pages)
    app.add_url_rule("/", "home", lambda: redirect(url_for("campaigns.index")))
    app.add_url_rule("/healthz", "health", _health)
    words.add_filters(app.jinja_env)
    permission_words.add_filters(app.jinja_env)
    _add_error_pages(app)
    return app


def _health() -> ResponseReturnValue:
    return {"status": "ok"}


def _guard() -> ResponseReturnValue | None:
    """Nobody sees anything but the sign-in before signing in; not even which pages exist."""
    if request.endpoint in PUBLIC:
        return None
    if sessions.current() is not None:
        if request.endpoint in UPLOADS:
            request.max_content_length = UPLOAD_BYTES
            request.max_form_memory_size = UPLOAD_MEMORY
        return None
    wants_page = request.accept_mimetypes.best != "application/json"
    if request.method == "GET" and wants_page:
        asked_for = request.full_path.rstrip("?")
        return redirect(url_for("sign_in.form", next=None if asked_for == "/" else asked_for))
    return _error_page(401, MESSAGES[401])


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _add_error_pages(app: Flask) -> None:
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(NotFoundError, lambda _: _error_page(404, MESSAGES[404]))
    for refusal in (
        AlreadyStartedError,
        WrongStateError,
        CampaignOverError,
        ListNotReadyError,
        ReviewDecidedError,
    ):
        app.register_error_handler(refusal, lambda error: _error_page(409, f"{error}."))
    app.register_error_handler(Exception, _fault)


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    return _error_page(
        400,
        "This form is out of date or does not come from this site, so nothing was changed. "
        "Load the page again and send the form once more.",
    )


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error
    return _error_page(code, MESSAGES.get(code, "The request was refused."))


def _fault(error: Exception) -> ResponseReturnValue:
    # A database error's message holds the statement's values: numbers and names stay out of logs.
    last = traceback.extract_tb(error.__traceback__)[-4:]
    log.error(
        "page failed",
        endpoint=request.endpoint,
        error=type(error).__name__,
        where=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in last],
    )
    sessions.look_no_further()
    return _error_page(500, MESSAGES[500])


def _error_page(code: int, message: str) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return {"error": message}, code
    title = HTTPStatus(code).phrase if code != 409 else "Not possible now"
    return render_template("error.html", title=title, code=code, message=message), code
