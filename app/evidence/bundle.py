"""The packet as one file: the document, the report, the entries, and what each of them is."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

from app.evidence.document import SCHEMA_ID, Packet
from app.evidence.report import report
from app.evidence.sentences import instant

_README = """\
Evidence packet of {account}, made at {made_at} by {program}.

report.html    for a person: the answer, what happened in order, each decision with the rules that
               were looked at, consent, lists, and the proof that nothing was changed. It needs no
               other file and no connection; print it from any browser.
packet.json    for a program: everything in the report and more, with the rulebooks that decided.
               Its schema is {schema} (fairdial evidence schema).
entries.jsonl  the entries of the chains of evidence that tell of it, one a line, as they are kept.

A seal is HMAC-SHA-256 under the installation's key, in hex, of these lines joined by line feeds:
the seal before it (64 zeros before the first entry), the entry's number, chain, account, instant
(ISO 8601, UTC, milliseconds, +00:00), kind, then campaign, contact, attempt and number hash, each
"-" if there is none and else "=" and the value, and last the body as it stands.

This packet holds personal data. Give it only to whom it is meant for.
"""


def bundle(packet: Packet) -> bytes:
    """The packet as a zip archive; the same packet is always the same bytes."""
    at = packet.made_at
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _files(packet).items():
            file = zipfile.ZipInfo(name, moment)
            file.compress_type = zipfile.ZIP_DEFLATED
            file.external_attr = 0o644 << 16
            archive.writestr(file, text.encode())
    return out.getvalue()


def _files(packet: Packet) -> Mapping[str, str]:
    entries = (entry.model_dump_json() for entry in packet.entries)
    return {
        "README.txt": _README.format(
            account=packet.account,
            made_at=instant(packet.made_at),
            program=packet.program,
            schema=SCHEMA_ID,
        ),
        "report.html": report(packet),
        "packet.json": text_of(packet),
        "entries.jsonl": "".join(f"{line}\n" for line in entries),
    }


def text_of(packet: Packet) -> str:
    """The document as indented JSON, with a line feed at its end."""
    return json.dumps(packet.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
