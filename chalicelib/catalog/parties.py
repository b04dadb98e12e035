"""What teams and organizations have in common: members, one space of ids, and a tree."""

from collections.abc import Sequence
from typing import Any

from chalicelib.catalog.metadata import replace_pairs
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.catalog.tenancy import walk_all_teams
from chalicelib.directory.records import Subscriber
from chalicelib.directory.registry import SUBSCRIBER, SUBSCRIPTION
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.resources.errors import InUse
from chalicelib.resources.listing import read_all
from chalicelib.resources.store import Store


def complete_party(
    store: Store, doc: dict[str, Any], before: Record | None, types: Sequence[str]
) -> dict[str, Any]:
    """The document to store of a party of some types, from the one that a write would leave. Raises
    Invalid for a parent that stands beneath it."""
    old = before.doc if before else {}
    parent = doc.get("parentId")
    if before and parent != old.get("parentId"):
        _check_tree(store, before.id, parent)
    doc.pop("label", None)
    return {
        **doc,
        "types": types,
        "metadata": replace_pairs(doc.get("metadata"), old.get("metadata")),
    }


def check_still_a_tree(store: Store, before: Record, after: Record) -> None:
    """Raises Invalid when a party came to stand beneath itself because two were moved at once."""
    if after.doc.get("parentId") != before.doc.get("parentId"):
        _check_tree(store, after.id, after.doc.get("parentId"))


def check_childless(store: Store, record: Record) -> None:
    """Raises InUse while others are nested under the record."""
    for other in read_all(store.world, store.scope, record.kind):
        if other.doc.get("parentId") == record.id:
            raise InUse(
                f"{store.resource.name} {record.id} has children, {other.name!r} among them:"
                " move them first"
            )


def check_unoccupied(store: Store, record: Record) -> None:
    """Raises InUse while subscribers belong to the record, or subscriptions are charged to it. What
    another team has is not named."""
    whose = f"{store.resource.name} {record.id}"
    for team, other in walk_all_teams(store.world, store.scope, (SUBSCRIBER, SUBSCRIPTION)):
        if other.kind == SUBSCRIBER:
            if record.id in Subscriber.of(other).organization_ids:
                raise InUse(f"{whose} has subscribers, {_tell(store, team, other)}: move them")
            continue
        subscription = Subscription.of(other)
        if subscription.organization_id == record.id:
            raise InUse(f"{whose} has subscriptions, {_tell(store, team, other)}: move them first")


def _tell(store: Store, team: Scope, record: Record) -> str:
    """Which record it is, for the team that it belongs to; for any other, that it is not its
    own."""
    return f"{record.name!r} among them" if team == store.principal.team else "of another team"


def _check_tree(store: Store, record_id: str, parent: str | None) -> None:
    seen = set()
    while parent and parent not in seen:
        if parent == record_id:
            raise Invalid(
                f"{store.resource.name} {record_id} cannot stand beneath itself", field="parentId"
            )
        seen.add(parent)
        above = store.world.documents.get(store.scope, store.resource.kind, parent)
        parent = above.doc.get("parentId") if above else None
