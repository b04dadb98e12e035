"""Versions: what became of a metered event since it came. Each version is held against the one
before; why it came is told by what differs (see Cause)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.events.ledger import find_former
from chalicelib.events.listing import Listing
from chalicelib.events.presenting import show_usd
from chalicelib.events.values import Event
from chalicelib.events.version_schemas import Cause, EventVersion, VersionQuery
from chalicelib.kit.clock import iso
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.kit.money import to_usd
from chalicelib.lake.tables import EVENT_TABLES, Type
from chalicelib.metering.call_records import RECORDS
from chalicelib.metering.correcting import VOIDED
from chalicelib.metering.settling import CLOSED, ENRICHED, SETTLED
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany, UnknownRecord
from chalicelib.resources.hal import parse_sort, sort_rows
from chalicelib.resources.revisions import in_words

MOST = 10_000
"""Versions of one event that pages go through, the newest ones."""
ROWS = "eventVersionList"
_SORTED_BY = EventVersion.model_fields.keys() - {"changes"}
_NANO = "_nano"
_BOOKKEEPING = frozenset({"version", "revised_at", ENRICHED, SETTLED, CLOSED, VOIDED})
_OF_PRICES = frozenset({"price_status", "price_source", "price_version", "unpriced_reason"})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class VersionPage:
    """Rows of a page, and how many versions there are in all."""

    rows: Sequence[Json]
    total: int


def page_versions(
    world: World, team: Scope, listing: Listing, identity: str, query: VersionQuery
) -> VersionPage:
    """The versions of an event of a list, by its id or its transaction id, the newest first; one
    that was taken back has them too. Raises UnknownRecord, EngineBusy, Invalid, and TooMany for
    what lies behind the newest 10,000."""
    page, orders = query.request, parse_sort(query.sort, _SORTED_BY, "event version")
    versions = _find_versions(world, team, listing, identity)
    total = len(versions)
    if total > MOST:
        total = max(total, versions[0].row["version"])  # they are counted without a gap
        if orders or (page.number + 1) * page.size > MOST:
            raise TooMany(f"of {total} versions the newest {MOST} are shown, in no other order")
    if orders:
        rows = list(_show_versions(listing, versions))
        return VersionPage(page.cut(sort_rows(rows, orders, lambda row, name: row[name])), total)
    start = page.number * page.size
    rows = list(_show_versions(listing, versions[start : start + page.size + 1]))
    return VersionPage(rows[: page.size], total)


def _find_versions(world: World, team: Scope, listing: Listing, identity: str) -> list[Event]:
    """The versions, the newest first; of an event that the ledger has forgotten, what the lake
    has."""
    ids = [identity, *(event_id(team, kind, identity) for kind in listing.kinds)]
    known = world.events.versions(team, ids, MOST + 1)
    for each in ids:
        records = known.get(each)
        if records and records[0].table == listing.fact.table.name:
            return [Event.of(record) for record in records]
    former = find_former(world, team, listing.fact, ids) if not known else {}
    for event in former.values():
        return [event]
    raise UnknownRecord(listing.noun, identity)


def _show_versions(listing: Listing, versions: list[Event]) -> Iterator[Json]:
    """Each held against the one after it; the last one as though nothing had been before."""
    kinds = EVENT_TABLES[listing.fact.table.name].columns
    for event, before in zip(versions, [*versions[1:], None], strict=True):
        changes = [] if before is None else list(_compare(kinds, before, event))
        fields = {name for name, *_ in changes}
        row, voided = event.row, event.extras.get(VOIDED) or {}
        yield {
            "version": row["version"],
            "versionAt": iso(row.get("revised_at") or row["received_at"]),
            "cause": _find_cause(event, before, fields),
            "channel": row.get("channel"),
            "deleted": event.is_deleted,
            "totalCost": show_usd(row.get("cost_nano")),
            "priceStatus": row.get("price_status"),
            "priceVersion": row.get("price_version"),
            "unpricedReason": row.get("unpriced_reason"),
            "author": voided.get("by"),
            "reason": voided.get("reason") or None,
            "changes": [
                {
                    "field": name,
                    "attribute": in_words(name),
                    "previousValue": old,
                    "currentValue": new,
                }
                for name, old, new in changes
            ],
        }


def _find_cause(event: Event, before: Event | None, fields: set[str]) -> Cause:
    if before is None:
        return Cause.METERED if event.row["version"] == 1 else Cause.UNKNOWN
    if event.is_deleted and not before.is_deleted:
        return Cause.VOIDED
    if event.extras.get(ENRICHED, 0) > before.extras.get(ENRICHED, 0):
        return Cause.ENRICHED
    if not fields:
        return Cause.ERASED
    if all(name in _OF_PRICES or name.endswith("cost_usd") for name in fields):
        return Cause.RE_RATED
    # A cost that the client stated stands in the extras too, which no price changes.
    return Cause.CORRECTED


Difference = tuple[str, str | None, str | None]
"""A member, and its values before and after."""


def _compare(kinds: Mapping[str, Type], before: Event, after: Event) -> Iterator[Difference]:
    """What differs between two versions: columns, and members of what has no column."""
    old, new = _members_of(kinds, before), _members_of(kinds, after)
    for name in dict.fromkeys((*new, *old)):
        if name not in _BOOKKEEPING and old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _members_of(kinds: Mapping[str, Type], event: Event) -> dict[str, str | None]:
    """The members of a version as texts, those that it has."""
    members: dict[str, str | None] = {}
    for name, value in event.row.items():
        if value is None or name == "extras":
            continue
        if name.endswith(_NANO):
            members[name.removesuffix(_NANO) + "_usd"] = f"{to_usd(value):f}"
        elif kinds.get(name) is Type.INSTANT:
            members[name] = iso(value)
        else:
            members[name] = _text(value)
    for name, value in event.extras.items():
        # Of the records that an event was made of, how they came.
        members[name] = ", ".join(value) if name == RECORDS else _text(value)
    return members


def _text(value: Any) -> str:  # noqa: ANN401 - any column
    return value if isinstance(value, str) else pack(value)
