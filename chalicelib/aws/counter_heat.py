"""Heat: which counters are asked for more than one item takes, as far as this process has seen."""

import time
from collections.abc import Sequence

from chalicelib.kit.settings import Settings
from chalicelib.ports.counters import Counter, Reservation
from chalicelib.ports.scope import Scope

_HOT_S = 60.0
"""How long a counter is hot after writes to it met."""
_MOST_HOT = 10_000
_MOST_HOLDS = 45
"""Of a reservation that uses leases: a transaction takes a hundred writes."""


class Heat:
    """Says which reservations are to be held by leases: by the setting, or because one of their
    counters is hot."""

    def __init__(self, settings: Settings) -> None:
        self._mode = settings.counter_leases
        self._until: dict[tuple[Scope, Counter], float] = {}

    def note_busy(self, scope: Scope, counters: Sequence[Counter]) -> None:
        """Writes to these counters have met others."""
        now = time.monotonic()
        if len(self._until) >= _MOST_HOT:
            self._until = {key: until for key, until in list(self._until.items()) if until > now}
        self._until |= {(scope, counter): now + _HOT_S for counter in counters}

    def reaches(self, scope: Scope, reservation: Reservation) -> bool:
        """Whether a reservation is to be held by leases."""
        if self._mode == "never" or not 0 < len(reservation.holds) <= _MOST_HOLDS:
            return False
        now = time.monotonic()
        return self._mode == "always" or any(
            self._until.get((scope, hold.counter), 0) > now for hold in reservation.holds
        )
