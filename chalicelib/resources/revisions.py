"""Revisions: who changed which member of a record, from what to what. One record a change, one row
a member.

They stand in a kind of their own a record (`REVISION/TOOL/<id>`), under the version that the change
made, so that they are written in the same transaction and two changes of one version cannot both
leave theirs.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from chalicelib.identity.records import USER, Principal, User
from chalicelib.kit.clock import iso
from chalicelib.kit.jsontext import pack
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all

Change = Literal["CREATE", "UPDATE", "DELETE"]
ChangedMember = list[str | None]
"""A member, its value before and its value after, as texts."""
ROWS = "revisionDataResourceList"
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LAST_VERSION = 10**9


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], secret: Collection[str] = ()
) -> list[ChangedMember]:
    """The members that differ between two documents. Of a secret only that it changed is told."""
    changes: list[ChangedMember] = []
    for member in dict.fromkeys((*after, *before)):
        old, new = before.get(member), after.get(member)
        if old == new:
            continue
        if member in secret:
            changes.append([member, None, None])
        else:
            changes.append([member, _text(old), _text(new)])
    return changes


def build_revision(
    record: Record, change: Change, changes: Sequence[ChangedMember], author: str
) -> Record:
    """The revision of a change that makes version `record.version`, as it is stored."""
    now = record.updated_at
    return Record(
        kind=revision_kind(record.kind, record.id),
        id=str(record.version),
        doc={"changeType": change, "user": author, "changes": changes},
        # Pages are in the order of names: counting down puts the newest first.
        name=f"{_LAST_VERSION - record.version:010d}",
        created_at=now,
        updated_at=now,
    )


def revision_kind(kind: str, record_id: str) -> str:
    """The kind that a record's revisions stand in."""
    return f"REVISION/{kind}/{record_id}"


def name_author(world: World, principal: Principal) -> str:
    """Who makes a change, as revisions name them: the e-mail address of the key's owner, or the id
    of a key that nobody owns."""
    owner = world.documents.get(principal.tenant, USER, principal.user) if principal.user else None
    return User.of(owner).email if owner else f"key {principal.key_id}"


def walk_history(world: World, scope: Scope, kind: str, record_id: str) -> Iterator[dict[str, Any]]:
    """All rows of a record's revisions, the newest first."""
    for stored in read_all(world, scope, revision_kind(kind, record_id)):
        for member, old, new in stored.doc["changes"]:
            yield {
                "attribute": in_words(member),
                "field": member,
                "changeType": stored.doc["changeType"],
                "previousValue": old,
                "currentValue": new,
                "changeDate": iso(stored.created_at),
                "user": stored.doc["user"],
            }


def in_words(member: str) -> str:
    """A member's name for people: inputCostPerToken is `Input cost per token`; of a path, its last
    part."""
    return " ".join(_WORD.findall(member.rpartition(".")[2])).lower().capitalize()


def _text(value: Any) -> str | None:  # noqa: ANN401 - any member
    return value if value is None or isinstance(value, str) else pack(value)
