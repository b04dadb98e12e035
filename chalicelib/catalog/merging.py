"""Merging: two records that mean the same become one. What ingestion made twice, under two
spellings, is put together here; events keep the id that they were stored with, and everybody who
reads them asks `heirs` whose they are now.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.directory.registry import (
    CREDENTIAL,
    HEIR,
    ORGANIZATION,
    PRODUCT,
    SUBSCRIBER,
    SUBSCRIPTION,
)
from chalicelib.directory.renames import note_rename
from chalicelib.identity.records import TEAM
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.errors import InUse, UnknownRecord
from chalicelib.resources.listing import read_all
from chalicelib.resources.revisions import build_revision, compare

MERGES = "MERGES"
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


def read_heirs(world: World, scope: str, kind: str) -> Mapping[str, str]:
    """The id that each merged record of a kind goes by now, by the id that it had."""
    record = world.documents.get(scope, MERGES, kind)
    return record.doc["heirs"] if record else {}


def merge(
    world: World, tenant: str, team: str, kind: str, source: str, target: str, author: str
) -> int:
    """Make `target` of a record `source`: its names, its events and all that refers to it. How many
    records referred.

    A merge that was interrupted can be repeated. Raises Invalid, UnknownRecord, InUse for a product
    that is sold, and Stale when somebody else changed one of the records meanwhile.
    """
    if kind not in _REFERRED:
        raise Invalid(f"only {', '.join(_REFERRED).lower()} records can be merged", field="kind")
    if source == target:
        raise Invalid("a record cannot be merged with itself", field="target")
    scope = tenant if kind == ORGANIZATION else team
    old, new = (_known(world, scope, kind, each) for each in (source, target))
    if new.deleted or (old.deleted and old.doc.get(HEIR) != target):
        raise UnknownRecord(kind.capitalize(), target if new.deleted else source)
    teams = [each.id for each in read_all(world, tenant, TEAM)] if kind == ORGANIZATION else [team]
    if kind == PRODUCT and any(
        each.doc["productId"] == source for each in read_all(world, team, SUBSCRIPTION)
    ):
        raise InUse(f"product {old.name!r} has subscriptions: move them first")
    amend(world.documents, scope, MERGES, kind, lambda doc: _with(doc, source, target))
    note_rename(world, tenant, team, kind, old.name, new.name)
    if not old.deleted:
        _bury(world, scope, old, target, author)
    return sum(_redirect(world, each, kind, source, target) for each in teams)


def _known(world: World, scope: str, kind: str, record_id: str) -> Record:
    record = world.documents.get(scope, kind, record_id)
    if record is None:
        raise UnknownRecord(kind.capitalize(), record_id)
    return record


def _with(doc: Doc, source: str, target: str) -> Doc:
    """The heirs with one more; who had inherited from it now goes by the same heir."""
    before = doc.get("heirs", {})
    return {
        "heirs": {
            **{old: target if heir == source else heir for old, heir in before.items()},
            source: target,
        }
    }


def _bury(world: World, scope: str, record: Record, heir: str, author: str) -> None:
    """Take a record out of sight. Its names stay taken, for they lead events to the heir."""
    gone = replace(record, doc={**record.doc, HEIR: heir}, deleted=True, updated_at=world.now())
    changes = compare(record.doc, {HEIR: heir})
    next_version = replace(gone, version=record.version + 1)
    left = build_revision(next_version, "DELETE", changes, author)
    world.documents.update(scope, gone, also=[left])


def _redirect(world: World, team: str, kind: str, source: str, target: str) -> int:
    changed = 0
    for referring, member in _REFERRED[kind].items():
        for record in read_all(world, team, referring):
            before = record.doc.get(member)
            after = _replaced(before, source, target)
            if after != before:
                moved = replace(record, doc={**record.doc, member: after}, updated_at=world.now())
                reference = (
                    target if record.reference == source else record.reference
                )  # subscriptions, by subscriber
                world.documents.update(team, replace(moved, reference=reference))
                changed += 1
    return changed


def _replaced(value: object, source: str, target: str) -> object:
    if isinstance(value, list):
        return list(dict.fromkeys(target if each == source else each for each in value))
    return target if value == source else value
