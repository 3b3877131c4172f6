"""The page of messages that somebody must read: while one waits nothing reaches its sender."""

from __future__ import annotations

import uuid
from datetime import UTC

import flask
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web import permission_words
from app.web.addresses import address_in
from app.web.context import MAY_RELEASE, account, change, require_role, signed_in, web
from app.web.permission_forms import MessageForm
from app.web.store import messages_waiting
from campaigns.messages import Message, decide_review, take_in_message
from compliance.case import Channel
from compliance.opt_out import ReviewDecision

pages = Blueprint("messages", __name__, url_prefix="/messages")

SHOWN = 50
COUNTED = 100
"""The badge counts up to here."""


def waiting() -> str:
    """How many messages wait, for the badge; empty while none does."""
    with web().parts.database.reading() as uow:
        found = messages_waiting(uow.connection, account(), COUNTED)
    return f"{COUNTED - 1}+" if found == COUNTED else str(found or "")


@pages.get("")
def index() -> ResponseReturnValue:
    """The messages that wait, the oldest first, and a form to take one in."""
    form = MessageForm()
    form.at.data = web().now.replace(tzinfo=None)
    return _page(form, 200)


@pages.post("")
def take_in() -> ResponseReturnValue:
    """Take in what somebody wrote or said to a person of ours."""
    form = MessageForm()
    address = address_in(form)
    if address is None:
        return _page(form, 422)
    user = signed_in().user
    message = Message(
        account=user.account,
        address=address,
        channel=Channel(form.channel.data),
        text=form.text.data,
        at=form.at.data.replace(tzinfo=UTC),
        by=user.name,
        now=web().now,
    )
    with web().parts.database() as uow:
        asks = take_in_message(uow, message, web().parts.phone_key)
    flask.flash(permission_words.TAKEN_IN[asks])
    return redirect(url_for(".index"))


@pages.post("/<uuid:review_id>/asks-to-stop")
def asks_to_stop(review_id: uuid.UUID) -> ResponseReturnValue:
    """The message takes all consent back, from the instant at which it came."""
    return _decide(
        review_id, ReviewDecision.REVOKES, "Consent is taken back: its sender is not reached."
    )


@pages.post("/<uuid:review_id>/does-not")
def does_not(review_id: uuid.UUID) -> ResponseReturnValue:
    """The message is about something else: its sender may be reached again."""
    require_role(*MAY_RELEASE)
    return _decide(
        review_id, ReviewDecision.DOES_NOT, "The message holds its sender back no longer."
    )


def _decide(review_id: uuid.UUID, decision: ReviewDecision, said: str) -> ResponseReturnValue:
    with web().parts.database() as uow:
        decide_review(uow, account(), str(review_id), decision, change(), web().parts.phone_key)
    flask.flash(said)
    return redirect(url_for(".index"))


def _page(form: MessageForm, status: int) -> ResponseReturnValue:
    with web().parts.database.reading() as uow:
        reviews = uow.consents.reviews(account(), SHOWN + 1)
    page = render_template(
        "messages.html",
        form=form,
        reviews=reviews[:SHOWN],
        more=len(reviews) > SHOWN,
        now=web().now,
    )
    return page, status
