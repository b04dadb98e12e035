"""The team's records without the person."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.erasure.subject import Subject
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.amend import retry
from chalicelib.resources.revisions import revision_kind

_ADDRESSES = ("email", "subscriberEmail")
_SECRET = ("externalId", "externalSecret", "digest", "label", "tags")
"""Of a credential: what is left of the person's key, and what they were told apart by."""


def find_records(world: World, team: str, subject: Subject) -> Iterator[Record]:
    """The records that name the person, but for those of the subscriber itself."""
    histories = {revision_kind(SUBSCRIBER, each) for each in subject.ids}
    histories |= {revision_kind(CREDENTIAL, each) for each in subject.credentials}
    for record in world.documents.every(team):
        if record.kind in histories or take_out_person(record, subject) not in (record, None):
            yield record


def erase(world: World, team: str, record: Record, subject: Subject) -> None:
    """Take the person out of a record; a revision of what was theirs goes as a whole. Raises
    Stale."""
    if record.kind.startswith("REVISION/"):
        world.documents.erase(team, record.kind, record.id)
        return

    def attempt() -> None:
        stored = world.documents.get(team, record.kind, record.id)
        changed = take_out_person(stored, subject) if stored else None
        if changed is not None and changed != stored:
            world.documents.update(team, changed)

    retry(attempt)


def erase_subscribers(world: World, team: str, subject: Subject) -> int:
    """Remove the subscriber's records for good: last, because by them the person is found again
    after a crash."""
    known = [each for each in sorted(subject.ids) if world.documents.get(team, SUBSCRIBER, each)]
    for each in known:
        world.documents.erase(team, SUBSCRIBER, each)
    return len(known)


def take_out_person(record: Record, subject: Subject) -> Record | None:
    """The record without the person; None for the subscriber itself."""
    if record.kind == SUBSCRIBER and record.id in subject.ids:
        return None
    own = subject.owns(record.doc) or (
        record.kind == CREDENTIAL and record.id in subject.credentials
    )
    doc = subject.value(record.doc, own=own)
    # A token is no address: nobody may be sent mail by it.
    doc |= {member: "" for member in _ADDRESSES if doc.get(member) == subject.token}
    doc |= {
        member: [each for each in value if each != subject.token]
        for member, value in doc.items()
        if isinstance(value, list) and subject.token in value
    }
    name, reference = subject.text(record.name, own=own), subject.text(record.reference, own=own)
    # Two records that named the person may not claim one value.
    unique = {
        field: value if (new := subject.text(value, own=own)) == value else f"{new}-{record.id}"
        for field, value in record.unique.items()
    }
    if record.kind == CREDENTIAL and own:
        doc = {member: None if member in _SECRET else value for member, value in doc.items()} | {
            "name": subject.token
        }
        return replace(
            record, doc=doc, name=subject.token, reference=reference, unique={}, deleted=True
        )
    return replace(record, doc=doc, name=name, reference=reference, unique=unique)
