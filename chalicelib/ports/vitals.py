"""Vitals: what tells whether a deployment can go on as it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """`free_bytes` is the room that is left where events are written, `feed_lag` how many versions
    of events the lake has yet to take, `budget_lag` how many budgets have yet to count; None where
    nobody can tell. `failures` are the jobs of upkeep whose last run has failed, and why. `waiting`
    is the body of the oldest version that the lake has yet to take."""

    free_bytes: int | None = None
    feed_lag: int | None = None
    failures: Mapping[str, str] = field(default_factory=dict)
    budget_lag: int | None = None
    waiting: str = ""


_LITTLE_ROOM_BYTES = 1024**3
_LONG_LAG = 200_000
"""Versions of events: what a laptop writes in three seconds; more waits for something."""
_LONG_BUDGET_LAG = 50_000
"""Versions of events: what a laptop counts in five seconds."""


def find_problems(reading: Reading) -> Iterator[str]:
    """What a person should look after, a sentence each."""
    if reading.free_bytes is not None and reading.free_bytes < _LITTLE_ROOM_BYTES:
        yield f"only {reading.free_bytes // 1024**2} MiB are free where events are written"
    if reading.feed_lag is not None and reading.feed_lag > _LONG_LAG:
        yield f"the lake is {reading.feed_lag:,} versions of events behind the ledger"
    if reading.budget_lag is not None and reading.budget_lag > _LONG_BUDGET_LAG:
        yield f"budgets are {reading.budget_lag:,} versions of events behind the ledger"
    for job, failure in sorted(reading.failures.items()):
        yield f"{job} has failed and is tried again: {failure}"


class Vitals(Protocol):
    """Cheap enough to be read with every health check."""

    def read(self) -> Reading:
        """How things stand now."""

    def note(self, job: str, failure: str) -> None:
        """Keep how the last run of a job of upkeep has ended; an empty text means well."""
