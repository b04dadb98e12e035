"""Feed: every appended version of every event, in order, for whoever reads along."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.ports.events import EventRecord


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """Consecutive versions of one shard. `first` and `last` are positions that sort as text and
    name the batch; `positions` are those of the events, where the reader has to know them."""

    shard: str
    first: str
    last: str
    events: Sequence[EventRecord]
    positions: Sequence[str] = ()


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
