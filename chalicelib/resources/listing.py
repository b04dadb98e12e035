"""Reading a kind: page by page in the order of an index, or all of it when a question cannot be
answered otherwise."""

from collections.abc import Callable, Iterator, Sequence

from chalicelib.kit.pages import PageRequest
from chalicelib.ports.documents import Order, Record
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany

MOST = 10_000
"""Records that are searched or sorted in memory."""
_CHUNK = 1_000


def everything(world: World, scope: str, kind: str, most: int = MOST) -> list[Record]:
    """All records of a kind by name. Raises TooMany over `most`."""
    found: list[Record] = []
    for chunk in _chunks(world, scope, kind):
        found += chunk
        if len(found) > most:
            raise TooMany(
                f"there are over {most} records: ask without filter and sort, and page through them"
            )
    return found


def each(
    world: World,
    scope: str,
    kind: str,
    keep: Callable[[Record], bool] = bool,
    *,
    by: Order = "name",
    prefix: str = "",
) -> Iterator[Record]:
    """The records of a kind that `keep` lets pass, read as they are taken; of those only whose name
    or reference begins with `prefix`."""
    return (
        record
        for chunk in _chunks(world, scope, kind, by, prefix)
        for record in chunk
        if keep(record)
    )


def ordered(
    world: World, scope: str, kind: str, request: PageRequest, by: Order = "name"
) -> tuple[Sequence[Record], int]:
    """One page in the order of names (or references), and how many records there are: one query
    while they fit into it, else a count beside it."""
    begin, end = request.number * request.size, (request.number + 1) * request.size
    found: list[Record] = []
    seen, cursor = 0, None
    while True:
        page = world.documents.page(
            scope, kind, by=by, cursor=cursor, limit=min(end - seen, _CHUNK)
        )
        found += page.records[max(begin - seen, 0) :]
        seen, cursor = seen + len(page.records), page.cursor
        if cursor is None:
            return found, seen
        if seen == end:
            return found, max(world.documents.count(scope, kind), seen + 1)


def tags(
    world: World, scope: str, kinds: Sequence[str], keep: Callable[[Record], bool] = bool
) -> list[str]:
    """The distinct tags on the records of some kinds that `keep` lets pass, sorted. Raises
    TooMany."""
    records = (
        record for kind in kinds for record in everything(world, scope, kind) if keep(record)
    )
    return sorted({tag for record in records for tag in record.doc.get("tags") or ()})


def _chunks(
    world: World, scope: str, kind: str, by: Order = "name", prefix: str = ""
) -> Iterator[Sequence[Record]]:
    cursor: str | None = None
    while True:
        page = world.documents.page(scope, kind, by=by, prefix=prefix, cursor=cursor, limit=_CHUNK)
        yield page.records
        cursor = page.cursor
        if cursor is None:
            return
