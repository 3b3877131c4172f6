"""`fairdial pacing forecast --contacts FILE`: foresee a campaign over a file; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from app.campaign_file import load
from app.dry_run_command import file_batches
from app.kept_forecast import Foreseen, Prepared, foresee
from app.run_command import check_rules
from campaigns.campaign import Campaign, CampaignState
from compliance.rulebook import Rulebook
from compliance.rulebook_file import load as load_rules
from dialer.assumptions import Assumptions
from dialer.laboratory.habits import Habits
from dialer.planning import Block

_NOWHERE = "forecast"


def foresee_file(
    contacts: Path,
    campaign: Path | None,
    start: datetime,
    settings: Sequence[Assumptions],
    progress: Callable[[float], None],
) -> Foreseen:
    """Foresee what `fairdial run` would come to: by the bundled rules, for people unheard of.

    Raises:
        BadInputError: one of the files cannot be used.
        NoAgentsError, NoForecastError: nothing can be foreseen.
    """
    found = load(campaign, start=start, agents=settings[0].agents or 1)
    rulebook = load_rules()
    check_rules(campaign, found, rulebook)
    made = Campaign(_NOWHERE, _NOWHERE, _NOWHERE, CampaignState.DRAFT, found)
    prepared = Prepared(
        campaign=made,
        now=found.start_at,
        listed=0,
        overrides=(),
        under_way=False,
        habits=Habits(),
        held=(0, 0),
        agents_at_work=0,
    )
    return foresee(rulebook, prepared, _blocks(contacts, rulebook), settings, progress)


def _blocks(contacts: Path, rulebook: Rulebook) -> Iterator[Block]:
    for batch in file_batches(contacts, rulebook):
        yield Block(batch.contacts, batch.standing, {}, {})
