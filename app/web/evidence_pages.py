"""The page of evidence: why was this person called, or not? And the packet to take away.

What is asked for is sent by POST, so that no number stands in an address or a log.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from app.evidence.archive import Archive
from app.evidence.bundle import bundle
from app.evidence.document import Packet, Question
from app.evidence.finding import find
from app.evidence.packet import make_packet
from app.evidence.report import ASKED_WORDS, style
from app.evidence.report import report as report_page
from app.evidence.verifying import Tell
from app.web.context import account, require_role, signed_in, web
from app.web.evidence_form import EvidenceForm
from campaigns.ports import NotFoundError
from campaigns.role import Role

pages = Blueprint("evidence", __name__, url_prefix="/evidence")

MAY_READ = (Role.ADMINISTRATOR, Role.COMPLIANCE_OFFICER, Role.MANAGER)
"""Who answers for calls: an agent has no need to read what is kept about people."""


def _may_read() -> bool:
    return signed_in().user.role in MAY_READ


@pages.app_context_processor
def _for_links() -> dict[str, object]:
    """Whether who is signed in may read them is asked by whatever leads to these pages."""
    return {"may_read_evidence": _may_read}


@pages.before_request
def _check_role() -> None:
    require_role(*MAY_READ)


@pages.get("")
def index() -> ResponseReturnValue:
    """A search, and how much is kept."""
    return _page(EvidenceForm(), 200)


@pages.post("/search")
def search() -> ResponseReturnValue:
    """What is kept about a call or a person, in order, each step in a sentence."""
    form = EvidenceForm()
    questions = form.questions()
    if not questions:
        return _page(form, 422)
    return _page(form, 200, asked=True, packet=_packet(questions, None))


@pages.post("/packet")
def packet() -> ResponseReturnValue:
    """The whole packet as a file; its chains are checked for it."""
    made = _asked()
    name = f"evidence-{made.question.kind}-{made.made_at:%Y%m%d-%H%M%S}.zip"
    return Response(
        bundle(made),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@pages.post("/report")
def report() -> ResponseReturnValue:
    """The report of it, for a screen or a printer."""
    return report_page(_asked(), url_for(".report_style"))


@pages.get("/report.css")
def report_style() -> ResponseReturnValue:
    """The report's style sheet, which the policy of our pages keeps out of the page."""
    return Response(style(), mimetype="text/css")


def _asked() -> Packet:
    """The packet of what the form asks for; 404 if nothing is kept about it."""
    made = _packet(EvidenceForm().questions(), _silent)
    return made or abort(404)


def _silent(_share: float) -> None:
    """The browser shows itself that it waits."""


def _packet(questions: Sequence[Question], tell: Tell | None) -> Packet | None:
    """The packet of the first question that there is an answer to."""
    parts = web().parts
    archive = Archive(account(), parts.database, parts.phone_key, parts.database.evidence_key)
    with archive.reading() as uow:
        for question in questions:
            try:
                subject = find(uow, archive, question)
            except NotFoundError:
                continue
            return make_packet(uow, archive, subject, web().now, tell)
    return None


def _page(
    form: EvidenceForm, status: int, *, asked: bool = False, packet: Packet | None = None
) -> ResponseReturnValue:
    with web().parts.database.reading() as uow:
        heads = uow.evidence.heads(account())
    page = render_template(
        "evidence.html",
        form=form,
        asked=asked,
        packet=packet,
        heads=heads,
        asked_words=ASKED_WORDS,
        names={each.id: each.name for each in packet.campaigns} if packet else {},
    )
    return page, status
