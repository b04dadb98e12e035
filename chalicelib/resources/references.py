"""What records refer to: checked when it is written, read with one query a kind, shown as id and
label."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.identity.records import TEAM, TENANT, Principal
from chalicelib.kit.clock import iso
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.errors import UnknownRecord, check_id, check_team, check_tenant
from chalicelib.resources.hal import self_link

Doc = Mapping[str, Any]
Row = dict[str, Any]
_AT_ONCE = 100


def of_team(principal: Principal) -> str:
    """The scope of what belongs to a team."""
    return principal.team


def of_tenant(principal: Principal) -> str:
    """The scope of what belongs to a whole tenant."""
    return principal.tenant


@dataclass(frozen=True, slots=True)
class Reference:
    """Another record: clients write its id in `flat` and read it whole in `member`.

    With `many` both are lists, and records that were deleted are in neither. With `own` it is
    always the caller's, and a body may name no other; an empty `flat` is not shown.
    """

    member: str
    flat: str
    kind: str
    name: str
    """Of the kind, for people: `Couldn't find <name> with ID …`."""
    resource_type: str
    path: str
    scope: Callable[[Principal], str] = of_team
    many: bool = False
    own: Callable[[Principal], str] | None = None
    also: "Reference | None" = None
    """Where ids are looked for that are not found here: of kinds that share one space of ids."""
    shows: Sequence[str] = ()
    """Members of the other record that are shown besides its id and label."""


OWN_TEAM = Reference(
    "team", "teamId", TEAM, "Team", "team", "/profitstream/v2/api/teams", of_tenant, own=of_team
)
"""The team that owns a record."""

OWN_TENANT = Reference(
    "tenant",
    "tenantId",
    TENANT,
    "Tenant",
    "tenant",
    "/profitstream/v2/api/tenants",
    of_tenant,
    own=of_tenant,
)
"""The tenant that owns a record."""


ReferredRecords = Mapping[str, tuple[Reference, Record]]


def check_references(
    world: World, principal: Principal, references: Iterable[Reference], doc: Row, before: Doc
) -> None:
    """Check what a document newly refers to, and take out what is the caller's own.

    Raises UndecodableId, UnknownRecord, Forbidden, InvalidTeamId.
    """
    for reference in references:
        if reference.own:
            named = doc.pop(reference.flat, None)
            if reference.kind == TENANT:
                check_tenant(named, principal)
            else:
                check_team(named, principal.team)
        elif new := [
            each
            for each in referred_ids(reference, doc)
            if each not in referred_ids(reference, before)
        ]:
            _check(world, principal, reference, new)


def referred_ids(reference: Reference, doc: Doc) -> Sequence[str]:
    """The ids that a document names."""
    value = doc.get(reference.flat)
    return (value if reference.many else [value]) if value else []


def read_referred(
    world: World, principal: Principal, reference: Reference, wanted: Iterable[str]
) -> ReferredRecords:
    """The records that ids name, and as what."""
    left = list(dict.fromkeys(wanted))
    scope = reference.scope(principal)
    found: dict[str, tuple[Reference, Record]] = {}
    for start in range(0, len(left), _AT_ONCE):
        records = world.documents.get_many(scope, reference.kind, left[start : start + _AT_ONCE])
        found |= {record_id: (reference, record) for record_id, record in records.items()}
    missing = [each for each in left if each not in found]
    return (
        {**read_referred(world, principal, reference.also, missing), **found}
        if reference.also and missing
        else found
    )


def present_reference(
    principal: Principal, reference: Reference, doc: Doc, known: ReferredRecords
) -> Row:
    """Both members of a reference."""
    if reference.many:
        there = [
            each
            for each in referred_ids(reference, doc)
            if each in known and not known[each][1].deleted
        ]
        return {
            reference.flat: there,
            reference.member: [present_link(*known[each]) for each in there],
        }
    other = referred_id(principal, reference, doc)
    row: Row = {reference.flat: other} if reference.flat else {}
    if other is None:
        return row | {reference.member: None}
    unknown = (reference, Record(reference.kind, other, {}))
    return row | {reference.member: present_link(*known.get(other, unknown))}


def referred_id(principal: Principal, reference: Reference, doc: Doc) -> str | None:
    """The one id that a record refers to."""
    return reference.own(principal) if reference.own else doc.get(reference.flat)


def present_link(reference: Reference, record: Record) -> Row:
    """Another record inside of one; without times and label when it is unknown."""
    row: Row = {
        "id": record.id,
        "label": record.name or None,
        "resourceType": reference.resource_type,
    }
    if record.created_at:
        row |= {"created": iso(record.created_at), "updated": iso(record.updated_at)}
    row |= {member: record.doc.get(member) for member in reference.shows}
    return row | {"_links": self_link(f"{reference.path}/{record.id}")}


def _check(world: World, principal: Principal, reference: Reference, new: Sequence[str]) -> None:
    for each in new:
        check_id(each, reference.flat)
    known = read_referred(world, principal, reference, new)
    for each in new:
        if each not in known or known[each][1].deleted:
            raise UnknownRecord(reference.name, each)
