"""Sign in, by password or one-time link; sign out; set the password."""

from __future__ import annotations

import flask
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web import accounts, sessions
from app.web.context import signed_in, web
from app.web.forms import PasswordForm, SignInForm

pages = Blueprint("sign_in", __name__)


@pages.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form."""
    if sessions.current() is not None:
        return redirect(_where_to())
    return render_template("sign_in.html", form=SignInForm(), problem=None)


@pages.post("/sign-in")
def submit() -> ResponseReturnValue:
    """Sign in by name and password."""
    form = SignInForm()
    if not form.validate():
        return render_template("sign_in.html", form=form, problem=None), 422
    parts = web().parts
    try:
        begun = accounts.sign_in(
            parts.database,
            form.name.data,
            form.password.data,
            request.remote_addr or "",
            parts.session_key,
            web().now,
        )
    except accounts.SignInRefusedError as error:
        return render_template("sign_in.html", form=form, problem=str(error)), 401
    except accounts.TooManyTriesError as error:
        return render_template("sign_in.html", form=form, problem=str(error)), 429
    sessions.begin(begun.token, begun.user)
    return redirect(_where_to())


@pages.get("/sign-in/<token>")
def link(token: str) -> ResponseReturnValue:
    """Ask for a click: programs that preview links must not use one up."""
    return render_template("sign_in_link.html", token=token)


@pages.post("/sign-in/<token>")
def redeem(token: str) -> ResponseReturnValue:
    """Sign in by a one-time link, and use it up."""
    try:
        begun = accounts.redeem(web().parts.database, token, web().now)
    except accounts.SignInRefusedError:
        return render_template("sign_in_link_used.html"), 410
    sessions.begin(begun.token, begun.user)
    flask.flash("You are signed in. Set a password now, so that you can come back without a link.")
    return redirect(url_for(".password"))


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    token = sessions.end()
    if token is not None:
        accounts.sign_out(web().parts.database, token)
    return redirect(url_for(".form"))


@pages.get("/account/password")
def password() -> ResponseReturnValue:
    """The form to set a password."""
    return render_template("password.html", form=PasswordForm(), by_link=signed_in().by_link)


@pages.post("/account/password")
def set_password() -> ResponseReturnValue:
    """Set a password; every other browser of the user is signed out."""
    session = signed_in()
    form = PasswordForm()
    if form.validate():
        try:
            begun = accounts.change_password(
                web().parts.database,
                session,
                form.current.data or "",
                form.password.data,
                web().now,
            )
        except accounts.SignInRefusedError:
            form.current.errors = ["This is not your present password."]
        except accounts.BadPasswordError as error:
            form.password.errors = [str(error)]
        else:
            sessions.begin(begun.token, begun.user)
            flask.flash("Your password is set. Everywhere else you are signed out.")
            return redirect(url_for("campaigns.index"))
    return render_template("password.html", form=form, by_link=session.by_link), 422


def _where_to() -> str:
    """The page that was asked for before the sign-in, if it is one of ours."""
    asked_for = request.args.get("next", "")
    ours = asked_for.startswith("/") and not asked_for.startswith(("//", "/\\"))
    return asked_for if ours and asked_for.isprintable() else url_for("campaigns.index")
