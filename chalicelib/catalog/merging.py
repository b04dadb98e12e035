"""Merging: two records that mean the same become one. What ingestion made twice, under two
spellings, is put together here; events keep the id that they were stored with, and everybody who
reads them asks `read_heirs` whose they are now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.catalog.lookups import find_subscription_to
from chalicelib.directory.registry import (
    CREDENTIAL,
    HEIR,
    ORGANIZATION,
    PRODUCT,
    SUBSCRIBER,
    SUBSCRIPTION,
)
from chalicelib.directory.renames import list_teams_with, note_rename
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.errors import InUse, UnknownRecord
from chalicelib.resources.listing import read_all
from chalicelib.resources.revisions import build_revision, compare

MERGES = "MERGES"
"""Kind: one record for each kind that was merged, `heirs` by former id."""
_REFERRED: Mapping[str, Mapping[str, str]] = {
    ORGANIZATION: {
        SUBSCRIPTION: "organizationId",
        CREDENTIAL: "organizationId",
        SUBSCRIBER: "organizationIds",
    },
    SUBSCRIBER: {SUBSCRIPTION: "subscriberId", CREDENTIAL: "subscriberId"},
    PRODUCT: {},
}
"""By kind: the kinds that refer to it, and the member that does."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The record `source` of a kind shall become `target`, in a team of a tenant; `author` is who
    asked for it."""

    tenant: Scope
    team: Scope
    kind: str
    source: str
    target: str
    author: str

    @property
    def scope(self) -> Scope:
        """What the records belong to: organizations are the tenant's."""
        return self.tenant if self.kind == ORGANIZATION else self.team


def read_heirs(world: World, scope: Scope, kind: str) -> Mapping[str, str]:
    """The id that each merged record of a kind goes by now, by the id that it had."""
    record = world.documents.get(scope, MERGES, kind)
    heirs: Mapping[str, str] = record.doc["heirs"] if record else {}
    return heirs


def merge(world: World, wanted: Merge) -> int:
    """Give the target what the source had: its names, its events and all that refers to it. How
    many records referred.

    A merge that was interrupted can be repeated. Raises Invalid, UnknownRecord, InUse for a product
    that is sold, and Stale when somebody else changed one of the records meanwhile.
    """
    kind = wanted.kind
    if kind not in _REFERRED:
        raise Invalid(f"only {', '.join(_REFERRED).lower()} records can be merged", field="kind")
    if wanted.source == wanted.target:
        raise Invalid("a record cannot be merged with itself", field="target")
    source = _read_record(world, wanted, wanted.source)
    target = _read_record(world, wanted, wanted.target)
    if target.deleted:
        raise UnknownRecord(kind.capitalize(), target.id)
    if source.deleted and source.doc.get(HEIR) != target.id:
        raise UnknownRecord(kind.capitalize(), source.id)
    teams = list_teams_with(world, wanted.tenant, wanted.team, kind)
    if kind == PRODUCT and find_subscription_to(world, wanted.team, source.id):
        raise InUse(f"product {source.name!r} has subscriptions: move them first")
    amend(
        world.documents,
        wanted.scope,
        MERGES,
        kind,
        lambda doc: _add_heir(doc, source.id, target.id),
    )
    note_rename(world, teams, kind, before=source.name, after=target.name)
    if not source.deleted:
        _bury(world, wanted, source)
    return sum(_redirect(world, team, wanted) for team in teams)


def _read_record(world: World, wanted: Merge, record_id: str) -> Record:
    record = world.documents.get(wanted.scope, wanted.kind, record_id)
    if record is None:
        raise UnknownRecord(wanted.kind.capitalize(), record_id)
    return record


def _add_heir(doc: Doc, source: str, target: str) -> Doc:
    """The stored heirs with one more; who had inherited from the source has the target as heir
    now."""
    heirs: dict[str, str] = {}
    for former, heir in doc.get("heirs", {}).items():
        heirs[former] = target if heir == source else heir
    heirs[source] = target
    return {"heirs": heirs}


def _bury(world: World, wanted: Merge, record: Record) -> None:
    """Take the source out of sight. Its names stay taken, for they lead events to the heir."""
    heir = {HEIR: wanted.target}
    gone = replace(record, doc={**record.doc, **heir}, deleted=True, updated_at=world.now())
    next_version = replace(gone, version=record.version + 1)
    changes = compare(record.doc, heir)
    left = build_revision(next_version, "DELETE", changes, wanted.author)
    world.documents.update(wanted.scope, gone, also=[left])


def _redirect(world: World, team: Scope, wanted: Merge) -> int:
    """Have a team's records refer to the target; how many did refer to the source."""
    changed = 0
    for referring, member in _REFERRED[wanted.kind].items():
        for record in read_all(world, team, referring):
            before = record.doc.get(member)
            after = _replace_id(before, wanted.source, wanted.target)
            if after == before:
                continue
            # Subscriptions are looked up by their subscriber.
            is_reference = record.reference == wanted.source
            moved = replace(
                record,
                doc={**record.doc, member: after},
                reference=wanted.target if is_reference else record.reference,
                updated_at=world.now(),
            )
            world.documents.update(team, moved)
            changed += 1
    return changed


def _replace_id(value: object, source: str, target: str) -> object:
    """An id, or a list of ids without repetition, that names the target instead of the source."""
    if isinstance(value, list):
        return list(dict.fromkeys(target if each == source else each for each in value))
    return target if value == source else value
