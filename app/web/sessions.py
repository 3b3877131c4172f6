"""Who is signed in at this browser. The one door of `flask_login`, which publishes no types.

The cookie holds a random token, signed; the database holds its hash. A session therefore gets a
new identity at each sign-in, and ends for good when its row goes (invariant S3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask_login
from flask import Flask, g, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface

from app.web.user_store import Session, User


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that is signed in, in the form that the library asks for."""

    token: str
    session: Session
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the cookie keeps."""
        return self.token


class _CookieSessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        """Only over TLS, where the page came over TLS: a laptop has none."""
        return has_request_context() and request.is_secure


def set_up(app: Flask, find: Callable[[str], Session | None]) -> None:
    """Make the application know its signed-in browsers; `find` gives a token's open session."""
    app.session_interface = _CookieSessions()
    manager = flask_login.LoginManager(app)
    manager.session_protection = None  # the token is the protection; addresses change on a phone

    def load(token: str) -> SignedIn | None:
        found = find(token)
        return None if found is None else SignedIn(token, found)

    manager.user_loader(load)


def begin(token: str, user: User) -> None:
    """Keep a new session in the browser's cookie; nothing of an earlier one stays."""
    session.clear()
    flask_login.login_user(SignedIn(token, Session(user, by_link=False)))


def end() -> str | None:
    """Empty the cookie; the token that was in it."""
    found = current()
    session.clear()
    return None if found is None else found.token


def look_no_further() -> None:
    """Take the request for nobody's: the page about a fault must not ask the database again."""
    g._login_user = None


def current() -> SignedIn | None:
    """Who makes this request."""
    user = flask_login.current_user._get_current_object()
    return user if isinstance(user, SignedIn) else None
