"""Reading a kind: page by page in the order of an index, or all of it when a question cannot be
answered otherwise."""

from collections.abc import Callable, Iterable, Sequence

from chalicelib.kit.pages import PageRequest
from chalicelib.ports.documents import Order, Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany

MOST = 10_000
"""Records that are searched or sorted in memory."""
_CHUNK = 1_000
_IDS_AT_ONCE = 100
"""As many as Documents reads in one round trip."""


def read_all(world: World, scope: Scope, kind: str, most: int = MOST) -> list[Record]:
    """All records of a kind by name. Raises TooMany over `most`."""
    records: list[Record] = []
    for record in walk(world.documents, scope, kind):
        if len(records) == most:
            raise TooMany(
                f"there are over {most} records: ask without filter and sort, and page through them"
            )
        records.append(record)
    return records


def read_page(
    world: World, scope: Scope, kind: str, request: PageRequest, by: Order = "name"
) -> tuple[Sequence[Record], int]:
    """One page in the order of names (or references), and how many records there are in all.

    That is one query while the pages up to this one fit into it, else a count beside it.
    """
    begin, end = request.number * request.size, (request.number + 1) * request.size
    records: list[Record] = []
    seen, cursor = 0, None
    while True:
        page = world.documents.page(
            scope, kind, by=by, cursor=cursor, limit=min(end - seen, _CHUNK)
        )
        records += page.records[max(begin - seen, 0) :]
        seen, cursor = seen + len(page.records), page.cursor
        if cursor is None:
            return records, seen
        if seen == end:
            return records, max(world.documents.count(scope, kind), seen + 1)


def read_many(
    world: World, scope: Scope, kind: str, ids: Iterable[str | None]
) -> dict[str, Record]:
    """The known ones of ids, however many, by id; empty ones are skipped."""
    wanted = sorted({each for each in ids if each})
    records: dict[str, Record] = {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = wanted[start : start + _IDS_AT_ONCE]
        records |= world.documents.get_many(scope, kind, some)
    return records


def list_tags(
    world: World, scope: Scope, kinds: Sequence[str], keep: Callable[[Record], bool] = bool
) -> list[str]:
    """The distinct tags on the records of some kinds that `keep` lets pass, sorted. Raises
    TooMany."""
    tags: set[str] = set()
    for kind in kinds:
        for record in filter(keep, read_all(world, scope, kind)):
            tags.update(record.doc.get("tags") or ())
    return sorted(tags)
