"""Events and their feed: the ledger that every acknowledged call is written to before the answer
leaves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.ports.scope import Scope


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One version of one event.

    `body` is the JSON text of its lake row (flat, column names of chalicelib/lake/tables.py, times
    in epoch ms, money in nano-USD). `day` is the UTC day (YYYY-MM-DD) of the lake partition; it
    never changes with the version. Versions count from 1; a correction is the next version, a
    deletion is a version whose row says `deleted`.
    """

    team: Scope
    event_id: str
    version: int
    table: str
    day: str
    body: str


class Events(Protocol):
    """An append-only ledger: (event id, version) is written once and never changed."""

    def append(self, team: Scope, events: Sequence[EventRecord]) -> list[bool]:
        """Store each (event id, version) that is not known yet, durably; False marks those that
        were known and stay as they were. Two entries of one call with the same id: the first
        wins."""

    def get(self, team: Scope, event_ids: Sequence[str]) -> dict[str, EventRecord]:
        """The newest version of each known id (up to 100 ids), read consistently."""

    def history(self, team: Scope, event_id: str) -> list[EventRecord]:
        """All versions of an event, oldest first; empty when unknown."""

    def every(self, team: Scope) -> Iterator[EventRecord]:
        """Every version of every event of a team, in no promised order. Reads the whole ledger: for
        erasure only."""

    def overwrite(self, team: Scope, events: Sequence[EventRecord]) -> None:
        """Replace the bodies of versions that are known, durably; unknown ones stay unknown, and
        the feed carries nothing of it. For erasure only."""

    def drop(self, team: Scope, event_ids: Sequence[str]) -> None:
        """Remove all versions of events; unknown ids are ignored. For retention only: they could
        come again."""


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """Consecutive versions of one shard. `first` and `last` are positions that sort as text and
    name the batch."""

    shard: str
    first: str
    last: str
    events: Sequence[EventRecord]


class Feed(Protocol):
    """Every appended version of every team, in order per shard, at least once. Positions are kept
    per reader."""

    def shards(self) -> Sequence[str]:
        """The shards that exist now, oldest first."""

    def read(self, shard: str, after: str | None, limit: int) -> FeedBatch | None:
        """Up to `limit` versions behind a position (None: from the oldest); None when there are no
        more yet."""

    def position(self, reader: str, shard: str) -> str | None:
        """The last position that `reader` has advanced to."""

    def advance(self, reader: str, shard: str, position: str) -> None:
        """Remember, durably, that `reader` has finished everything up to and including
        `position`."""


def by_team(events: Sequence[EventRecord]) -> Mapping[Scope, list[EventRecord]]:
    """Events grouped by their team, order kept."""
    grouped: dict[Scope, list[EventRecord]] = {}
    for event in events:
        grouped.setdefault(event.team, []).append(event)
    return grouped
