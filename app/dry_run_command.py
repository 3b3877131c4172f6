"""`fairdial dry-run CONTACTS.csv`: rehearse a campaign over a file; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from app.campaign_file import load
from app.contact_file import open_rows, read_results
from app.run_command import check_rules
from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import Contact
from campaigns.importing import Accepted, ImportCounts, Importer, Result
from compliance.location import knows_region
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load as load_rules
from dialer.outlook import Outlook
from dialer.rehearsing import CONTACTS_AT_ONCE, NOTHING, Batch, rehearse

_NOWHERE = "dry run"
"""The account, the list and the key of contacts that are not kept: nothing depends on them."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A campaign file's name for itself, what became of the rows, and of the contacts."""

    name: str
    rows: ImportCounts
    outlook: Outlook


def rehearse_file(
    contacts: Path, campaign: Path | None, start: datetime, progress: Callable[[float], None]
) -> Rehearsed:
    """Rehearse as `fairdial run` would dial: by the bundled rules, and for people unheard of.

    Args:
        contacts: The contact file.
        campaign: The campaign's settings; None: the defaults.
        start: When it starts, unless the settings say so.
        progress: Is told shares from 0.0 to 1.0.

    Raises:
        BadInputError: one of the files cannot be used.
    """
    settings = load(campaign, start=start, agents=1)
    rulebook = load_rules()
    check_rules(campaign, settings, rulebook)
    made = Campaign(_NOWHERE, _NOWHERE, _NOWHERE, CampaignState.DRAFT, settings)
    size = contacts.stat().st_size if contacts.is_file() else 0
    counts = ImportCounts()

    def on_bytes(read: int) -> None:
        progress(min(1.0, read / size) if size else 1.0)

    with open_rows(contacts, progress=on_bytes) as rows:
        importer = Importer(
            rows.columns,
            _NOWHERE,
            _NOWHERE.encode(),
            knows_region=partial(knows_region, rulebook=rulebook),
        )
        batches = _batches(_accepted(read_results(rows, importer), counts))
        outlook = rehearse(made, rulebook, settings.start_at, batches)
    return Rehearsed(settings.name, counts, outlook)


def file_batches(contacts: Path, rulebook: Rulebook) -> Iterator[Batch]:
    """The accepted contacts of a file, of whom nobody has heard.

    Raises:
        BadInputError: the file cannot be used.
    """
    with open_rows(contacts) as rows:
        importer = Importer(
            rows.columns,
            _NOWHERE,
            _NOWHERE.encode(),
            knows_region=partial(knows_region, rulebook=rulebook),
        )
        yield from _batches(_accepted(read_results(rows, importer), ImportCounts()))


def _accepted(results: Iterable[Result], counts: ImportCounts) -> Iterator[Contact]:
    for result in results:
        counts.add(result)
        if isinstance(result, Accepted):
            yield result.contact


def _batches(contacts: Iterator[Contact]) -> Iterator[Batch]:
    while some := list(islice(contacts, CONTACTS_AT_ONCE)):
        yield Batch(some, NOTHING)
