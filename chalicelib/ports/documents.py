"""Documents: versioned JSON records of one scope (a tenant id or a team id)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.scope import Scope

Order = Literal["name", "reference"]
_PAGE = 1_000
"""Records that a walk reads at once."""
_MANY = 100
"""Ids that `get_many` takes."""


class Taken(MeterlakeError):
    """The id or a unique key is held by another record of the scope (409)."""

    status, code = 409, "ALREADY_EXISTS"

    def __init__(self, kind: str, field_name: str, value: str) -> None:
        super().__init__(f"{kind} with {field_name} {value!r} already exists", field=field_name)


class Stale(MeterlakeError):
    """The record was changed since it was read (409); read again and repeat."""

    status, code = 409, "CONFLICT"

    def __init__(self, kind: str, record_id: str) -> None:
        super().__init__(
            f"{kind} {record_id} was changed by someone else: read it again and repeat"
        )


@dataclass(frozen=True, slots=True)
class Record:
    """One document. `version` starts at 1 and counts writes; times are UTC epoch milliseconds.

    `name` orders pages and serves prefix search; `reference` is one further look-up value (an
    e-mail address, an external id), many records may share it; `unique` maps field names to values
    that one record of a kind may hold. Look-ups ignore case: adapters fold `name`, `reference` and
    unique values with `fold`. A `deleted` record is kept, and `get` still hands it out, but it is
    in no page; whoever deletes it takes its unique values away.
    """

    kind: str
    id: str
    doc: Mapping[str, Any]
    name: str = ""
    reference: str = ""
    unique: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    created_at: int = 0
    updated_at: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records in order, and the cursor of the next page (None on the last)."""

    records: Sequence[Record]
    cursor: str | None


def fold(text: str) -> str:
    """The form in which names, references and unique values are compared: trimmed, case folded."""
    return text.strip().casefold()


class Documents(Protocol):
    """Every method is about one scope and never sees another. `create`, `update`, `erase` are
    durable on return."""

    def get(self, scope: Scope, kind: str, record_id: str) -> Record | None:
        """The record, read consistently; None when unknown."""

    def get_many(self, scope: Scope, kind: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """The known ones of up to 100 ids, by id, in one round trip."""

    def find(self, scope: Scope, kind: str, field_name: str, value: str) -> Record | None:
        """The record that holds a unique key, read consistently."""

    def page(  # noqa: PLR0913 - one query, all of its words by keyword
        self,
        scope: Scope,
        kind: str,
        *,
        by: Order = "name",
        prefix: str = "",
        cursor: str | None = None,
        limit: int = 100,
    ) -> RecordPage:
        """Records ordered by folded name (or reference), then id, whose value begins with `prefix`:
        one query.

        Raises Invalid for a cursor that no page has answered.
        """

    def count(self, scope: Scope, kind: str) -> int:
        """How many records of a kind pages would hold in all, without reading them."""

    def create(self, scope: Scope, record: Record, also: Sequence[Record] = ()) -> Record:
        """Store version 1 with its unique keys, all or nothing. Raises Taken.

        `also` are up to 20 records of the scope that are created in the same transaction: all of
        them or none.
        """

    def update(self, scope: Scope, record: Record, also: Sequence[Record] = ()) -> Record:
        """Replace the version that `record.version` names; the answer carries version + 1. `also`
        as in `create`.

        Raises Stale, Taken.
        """

    def erase(self, scope: Scope, kind: str, record_id: str) -> None:
        """Remove the record and its unique keys; nothing happens when it is unknown. For erasure
        only."""

    def every(self, scope: Scope) -> Iterator[Record]:
        """Every record of the scope, of any kind, deleted ones too, in no promised order. For
        erasure and retention only."""


def walk(
    documents: Documents, scope: Scope, kind: str, *, by: Order = "name", prefix: str = ""
) -> Iterator[Record]:
    """Every record of a kind that is not deleted, in the order of names (or references), read page
    by page as it is taken; with a `prefix` those whose name (or reference) begins with it."""
    cursor: str | None = None
    while True:
        page = documents.page(scope, kind, by=by, prefix=prefix, cursor=cursor, limit=_PAGE)
        yield from page.records
        cursor = page.cursor
        if cursor is None:
            return


def read_many(
    documents: Documents, scope: Scope, kind: str, record_ids: Iterable[str]
) -> dict[str, Record]:
    """The known ones of any number of ids, by id; one query for a hundred of them."""
    wanted = list(dict.fromkeys(record_ids))
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), _MANY):
        found |= documents.get_many(scope, kind, wanted[start : start + _MANY])
    return found
