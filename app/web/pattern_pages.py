"""The page that tests an event pattern against an event. Nothing of it is kept."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.bus.patterns.pattern import Explanation
from app.web.context import require_role, signed_in
from app.web.pattern_form import PatternForm
from campaigns.role import Role

pages = Blueprint("patterns", __name__, url_prefix="/patterns")


MAY_TEST = (Role.ADMINISTRATOR,)
"""Who connects other systems."""


def _may_test() -> bool:
    return signed_in().user.role in MAY_TEST


@pages.app_context_processor
def _for_links() -> dict[str, object]:
    """Whether who is signed in may use the page is asked by the navigation."""
    return {"may_test_patterns": _may_test}


@pages.before_request
def _check_role() -> None:
    require_role(*MAY_TEST)


@pages.get("")
def index() -> ResponseReturnValue:
    """An example, to be changed."""
    return _page(PatternForm(), None, 200)


@pages.post("")
def test() -> ResponseReturnValue:
    """Whether the event matches, and each part of the pattern with its reason."""
    form = PatternForm()
    told = form.explanation()
    return _page(form, told, 200 if told else 422)


def _page(form: PatternForm, told: Explanation | None, status: int) -> ResponseReturnValue:
    return render_template("patterns.html", form=form, told=told), status
