"""The project's own decision, exactly as the service makes it."""

from __future__ import annotations

from collections.abc import Sequence

from dialer.forecast import Decided, Observation
from dialer.pacing import PacingSettings, Snapshot, decide, learnt_for


class Ours:
    """`dialer.pacing.decide` over what `Learnt` folds."""

    def __init__(self, settings: PacingSettings) -> None:
        self.bound = ""
        self._settings = settings
        self._learnt = learnt_for(settings)

    def pace(self, snapshot: Snapshot, seen: Sequence[Observation]) -> int:
        """Fold what was seen, and decide."""
        for one in seen:
            self._learnt.observe(one)
        decision = decide(snapshot, self._settings, self._learnt)
        self._learnt.observe(Decided(snapshot.t, decision.calls, decision.risk))
        self.bound = decision.bound
        return decision.calls
