"""The report and the zip: for paper, for a screen, for a program, and all by themselves."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import pytest

from app.evidence.bundle import bundle
from app.evidence.document import Packet, QuestionKind
from app.evidence.report import report
from tests.archives import ADA, FAY, KAI, Kept, campaign_day, open_kept


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """One campaign's archive."""
    kept = open_kept(campaign_day(tmp_path_factory.mktemp("day")))
    yield kept
    kept.engine.dispose()


@pytest.fixture(scope="module")
def packet(kept: Kept) -> Packet:
    """Ada's."""
    return kept.packet(QuestionKind.NUMBER, ADA)


def test_the_report_needs_nothing_else(packet: Packet) -> None:
    """No script, no file, no address; its style stands in it."""
    page = report(packet)
    assert "<script" not in page
    assert "<style>" in page
    assert "@media print" in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []
    assert "url(" not in page


def test_on_our_own_pages_the_style_is_a_file(packet: Packet) -> None:
    """The pages' policy forbids what stands in them."""
    page = report(packet, "/static/report.css")
    assert "<style" not in page
    assert 'href="/static/report.css"' in page
    assert " style=" not in page


def test_names_are_text(packet: Packet) -> None:
    """Whatever a list calls somebody."""
    page = report(packet)
    assert "Ada &lt;b&gt;Lovelace&lt;/b&gt;" in page
    assert "<b>" not in page


def test_every_link_leads_somewhere(packet: Packet) -> None:
    """The contents name the headings, each of which is there once."""
    page = report(packet)
    anchors = re.findall(r'href="#([a-z]+)"', page)
    assert len(anchors) == 12
    for anchor in anchors:
        assert page.count(f'id="{anchor}"') == 1


def test_the_law_is_named(kept: Kept) -> None:
    """Rules with their source and whether they stood; what it was at the person's place."""
    page = report(kept.packet(QuestionKind.NUMBER, FAY))
    assert "Fla. Stat. 501.059(8)(a)" in page
    assert '<span class="stands">yes</span>' in page
    assert "Florida (US-FL)" in page
    night = report(kept.packet(QuestionKind.NUMBER, KAI))
    assert re.search(r"04:00:\d\d on Mon 23 Nov in Pacific/Honolulu", night)


def test_the_zip_holds_document_report_and_entries(packet: Packet) -> None:
    """The same packet is always the same bytes."""
    content = bundle(packet)
    assert bundle(packet) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["README.txt", "report.html", "packet.json", "entries.jsonl"]
        assert archive.read("report.html").decode() == report(packet)
        document = json.loads(archive.read("packet.json"))
        entries = [json.loads(line) for line in archive.read("entries.jsonl").splitlines()]
        readme = archive.read("README.txt").decode()
    assert document["entries"] == entries
    assert [entry["kind"] for entry in entries[:2]] == ["decision", "outcome"]
    assert "urn:fairdial:evidence-packet:1" in readme
