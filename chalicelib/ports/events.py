"""Events and their feed: the ledger that every acknowledged call is written to before the answer
leaves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.ports.scope import Scope


@dataclass(slots=True)
class EventRecord:
    """One version of one event. It is not frozen because one is made for every call, and that would
    cost three times as much; nobody changes one that is made.

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

    def versions(
        self, team: Scope, event_ids: Sequence[str], most: int
    ) -> dict[str, list[EventRecord]]:
        """The newest `most` versions of each known id (up to 100 ids), newest first, read
        consistently."""

    def every(self, team: Scope) -> Iterator[EventRecord]:
        """Every version of every event of a team, in no promised order. Reads the whole ledger: for
        erasure only."""

    def overwrite(self, team: Scope, events: Sequence[EventRecord]) -> None:
        """Replace the bodies of versions that are known, durably; unknown ones stay unknown, and
        the feed carries nothing of it. For erasure only."""

    def drop(self, team: Scope, event_ids: Sequence[str]) -> None:
        """Remove all versions of events; unknown ids are ignored. For retention only: they could
        come again."""


def by_team(events: Sequence[EventRecord]) -> Mapping[Scope, list[EventRecord]]:
    """Events grouped by their team, order kept."""
    grouped: dict[Scope, list[EventRecord]] = {}
    for event in events:
        grouped.setdefault(event.team, []).append(event)
    return grouped
