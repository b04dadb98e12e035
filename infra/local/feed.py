"""The feed on SQLite: the row number in the ledger is the position."""

from collections.abc import Sequence

from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from infra.local.database import Database
from infra.local.events import COLUMNS

_SHARD = "local"


class LocalFeed:
    """See chalicelib.ports.events.Feed. There is one shard, because there is one writer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shards(self) -> Sequence[str]:
        """The one shard."""
        return [_SHARD]

    def read(self, shard: str, after: str | None, limit: int) -> FeedBatch | None:
        """A range of the primary key."""
        sql = f"SELECT position, {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
        with self._database.reader() as connection:
            rows = connection.execute(sql, [int(after or 0), limit]).fetchall()
        if not rows:
            return None
        places = [_text(row[0]) for row in rows]
        events = [EventRecord(*row[1:]) for row in rows]
        return FeedBatch(shard, places[0], places[-1], events, places)

    def position(self, reader: str, shard: str) -> str | None:
        """The reader's row."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT position FROM readers WHERE reader=?", [f"{reader}/{shard}"]
            ).fetchone()
        return row and str(row[0])

    def advance(self, reader: str, shard: str, position: str) -> None:
        """Replace the reader's row."""
        key = f"{reader}/{shard}"
        self._database.write(
            lambda connection: connection.execute(
                "REPLACE INTO readers VALUES (?,?)", [key, position]
            )
        )


def _text(position: int) -> str:
    return f"{position:019d}"
