"""What records refer to: checked when it is written, read with one query a kind, shown as id and
label."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.identity.records import TEAM, TENANT, Principal
from chalicelib.kit.clock import iso
from chalicelib.ports.documents import Record, read_many
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.checks import check_id, check_team, check_tenant
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.hal import self_link

Doc = Mapping[str, Any]
Row = dict[str, Any]


def of_team(principal: Principal) -> Scope:
    """The scope of what belongs to a team."""
    return principal.team


def of_tenant(principal: Principal) -> Scope:
    """The scope of what belongs to a whole tenant."""
    return principal.tenant


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference leads to: the records of a kind."""

    kind: str
    """Of their documents, such as `TEAM`."""
    name: str
    """What people call one: `Couldn't find <name> with ID …`."""
    resource_type: str
    """Their `resourceType` on the wire."""
    path: str
    """The path of their collection, from the root."""
    scope: Callable[[Principal], Scope] = of_team
    """Whether they belong to the caller's team or to the whole tenant."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another record: clients write its id in the member `flat` and are shown it in `member`.

    With `many` both are lists, and records that were deleted are in neither. With `own` it is
    always the caller's, and a body may name no other; an empty `flat` is not shown.
    """

    member: str
    flat: str
    target: Target
    many: bool = False
    own: Callable[[Principal], str] | None = None
    also: "Reference | None" = None
    """Where ids are looked for that are not found here: of kinds that share one space of ids."""
    shows: Sequence[str] = ()
    """Members of the other record that are shown besides its id and label."""


TO_TEAM = Target(TEAM, "Team", "team", "/profitstream/v2/api/teams", of_tenant)
TO_TENANT = Target(TENANT, "Tenant", "tenant", "/profitstream/v2/api/tenants", of_tenant)
OWN_TEAM = Reference("team", "teamId", TO_TEAM, own=of_team)
"""The team that owns a record."""
OWN_TENANT = Reference("tenant", "tenantId", TO_TENANT, own=of_tenant)
"""The tenant that owns a record."""


ReferredRecords = Mapping[str, tuple[Reference, Record]]
"""Records by id, each with the reference that it was found by."""


def check_references(
    world: World, principal: Principal, references: Iterable[Reference], doc: Row, before: Doc
) -> None:
    """Hold what a document refers to against what is there: every id that it names and `before` did
    not must be known, and its team and tenant must be the caller's own. These are taken out of the
    document, for they follow from where it is stored.

    Raises UndecodableId, UnknownRecord, Forbidden, InvalidTeamId, TeamNotInMembership.
    """
    for reference in references:
        if reference.own:
            _check_own(principal, reference, doc.pop(reference.flat, None))
            continue
        former = referred_ids(reference, before)
        fresh = [each for each in referred_ids(reference, doc) if each not in former]
        if fresh:
            _check_known(world, principal, reference, fresh)


def _check_own(principal: Principal, reference: Reference, record_id: str | None) -> None:
    """Raises Forbidden, or what check_team raises, for a team or tenant of somebody else."""
    if reference.target.kind == TENANT:
        check_tenant(record_id, principal)
    else:
        check_team(record_id, principal.team)


def _check_known(
    world: World, principal: Principal, reference: Reference, wanted: Sequence[str]
) -> None:
    """Raises UndecodableId or UnknownRecord for the first id that leads nowhere, which a deleted
    record does too."""
    for record_id in wanted:
        check_id(record_id, reference.flat)
    found = read_referred(world, principal, reference, wanted)
    for record_id in wanted:
        if record_id not in found or found[record_id][1].deleted:
            raise UnknownRecord(reference.target.name, record_id)


def referred_ids(reference: Reference, doc: Doc) -> Sequence[str]:
    """The ids that a document names in a reference; none when its member is empty."""
    value = doc.get(reference.flat)
    if not value:
        return []
    return value if reference.many else [value]


def referred_id(principal: Principal, reference: Reference, doc: Doc) -> str | None:
    """The one id that a record refers to: the caller's own, or what its document names."""
    return reference.own(principal) if reference.own else doc.get(reference.flat)


def read_referred(
    world: World, principal: Principal, reference: Reference, wanted: Iterable[str]
) -> ReferredRecords:
    """The records of ids, deleted ones too; those that `reference` does not lead to are looked for
    where `reference.also` leads."""
    ids = list(dict.fromkeys(wanted))
    target = reference.target
    scope = target.scope(principal)
    records = read_many(world.documents, scope, target.kind, ids)
    found = {record_id: (reference, record) for record_id, record in records.items()}
    missing = [record_id for record_id in ids if record_id not in found]
    if reference.also and missing:
        found |= read_referred(world, principal, reference.also, missing)
    return found


def present_reference(
    principal: Principal, reference: Reference, doc: Doc, records: ReferredRecords
) -> Row:
    """Both members of a reference as they are shown, `flat` with ids and `member` with links.
    `records` are those that read_referred has found."""
    if reference.many:
        return _present_list(reference, doc, records)
    other = referred_id(principal, reference, doc)
    row: Row = {reference.flat: other} if reference.flat else {}
    if other is None:
        return row | {reference.member: None}
    unknown = (reference, Record(reference.target.kind, other, {}))
    return row | {reference.member: present_link(*records.get(other, unknown))}


def _present_list(reference: Reference, doc: Doc, records: ReferredRecords) -> Row:
    ids: list[str] = []
    links: list[Row] = []
    for record_id in referred_ids(reference, doc):
        found = records.get(record_id)
        if found is not None and not found[1].deleted:
            ids.append(record_id)
            links.append(present_link(*found))
    return {reference.flat: ids, reference.member: links}


def present_link(reference: Reference, record: Record) -> Row:
    """Another record as it is shown inside of one; without times and label when it is unknown."""
    row: Row = {
        "id": record.id,
        "label": record.name or None,
        "resourceType": reference.target.resource_type,
    }
    if record.created_at:
        row |= {"created": iso(record.created_at), "updated": iso(record.updated_at)}
    row |= {member: record.doc.get(member) for member in reference.shows}
    return row | {"_links": self_link(f"{reference.target.path}/{record.id}")}
