"""The team's records without the person."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.assistants.mapping_records import MAPPING
from chalicelib.assistants.pull_records import PULL_REQUEST
from chalicelib.assistants.records import INTEGRATION
from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.erasure.subject import Subject
from chalicelib.erasure.task import Task
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.amend import retry
from chalicelib.resources.revisions import revision_kind

_ADDRESSES = ("email", "subscriberEmail")
_SECRET = ("externalId", "externalSecret", "digest", "label", "tags")
"""Members of a credential that hold what is left of the person's key, and what they were told apart
by."""
_LOGINS = {PULL_REQUEST: "login", INTEGRATION: "accountLogin"}
"""Members that hold a login at GitHub."""


def find_records(task: Task) -> Iterator[Record]:
    """The records that name the person, but for those of the subscriber itself."""
    subject = task.subject
    histories = {revision_kind(SUBSCRIBER, record_id) for record_id in subject.ids}
    histories |= {revision_kind(CREDENTIAL, record_id) for record_id in subject.credentials}
    histories |= {revision_kind(MAPPING, record_id) for record_id in subject.mappings}
    mappings: list[Record] = []
    for record in task.world.documents.every(task.team):
        if _is_mapping(record, subject):
            mappings.append(record)
        elif record.kind in histories or (
            not is_subscriber(record, subject) and scrub_record(record, subject) != record
        ):
            yield record
    # Last, because by them the logins are found again after a crash.
    yield from mappings


def erase(task: Task, record: Record) -> None:
    """Take the person out of a record; a revision of what was theirs goes as a whole, and so does
    what says which login is theirs. Raises Stale."""
    documents, team = task.world.documents, task.team
    if record.kind.startswith("REVISION/") or _is_mapping(record, task.subject):
        documents.erase(team, record.kind, record.id)
        return

    def attempt() -> None:
        stored = documents.get(team, record.kind, record.id)
        if stored is None or is_subscriber(stored, task.subject):
            return
        scrubbed = scrub_record(stored, task.subject)
        if scrubbed != stored:
            documents.update(team, scrubbed)

    retry(attempt)


def erase_subscribers(task: Task) -> int:
    """Remove the subscriber's records for good; how many there were. Last of all, because by them
    the person is found again after a crash."""
    documents, team = task.world.documents, task.team
    erased = 0
    for record_id in sorted(task.subject.ids):
        if documents.get(team, SUBSCRIBER, record_id):
            documents.erase(team, SUBSCRIBER, record_id)
            erased += 1
    return erased


def is_subscriber(record: Record, subject: Subject) -> bool:
    """Whether a record is the person's own one, which goes as a whole."""
    return record.kind == SUBSCRIBER and record.id in subject.ids


def _is_mapping(record: Record, subject: Subject) -> bool:
    return record.kind == MAPPING and record.id in subject.mappings


def scrub_record(record: Record, subject: Subject) -> Record:
    """The record without the person; a credential of theirs is deleted."""
    is_credential = record.kind == CREDENTIAL
    own = subject.owns(record.doc) or (is_credential and record.id in subject.credentials)
    doc = _scrub_doc(record.doc, subject, own=own)
    login = _LOGINS.get(record.kind, "")
    if login and fold(doc.get(login) or "") in subject.logins:
        doc[login] = subject.token
    reference = subject.text(record.reference, own=own)
    if is_credential and own:
        doc |= {member: None for member in doc if member in _SECRET}
        doc["name"] = subject.token
        return replace(
            record, doc=doc, name=subject.token, reference=reference, unique={}, deleted=True
        )
    return replace(
        record,
        doc=doc,
        name=subject.text(record.name, own=own),
        reference=reference,
        unique=_scrub_unique(record, subject, own=own),
    )


def _scrub_doc(doc: Mapping[str, Any], subject: Subject, *, own: bool) -> dict[str, Any]:
    """A token is no address: nobody may be sent mail by it, and no list may hold it."""
    scrubbed: dict[str, Any] = subject.value(doc, own=own)
    for member, value in scrubbed.items():
        if member in _ADDRESSES and value == subject.token:
            scrubbed[member] = ""
        elif isinstance(value, list) and subject.token in value:
            scrubbed[member] = [each for each in value if each != subject.token]
    return scrubbed


def _scrub_unique(record: Record, subject: Subject, *, own: bool) -> dict[str, str]:
    """Two records that named the person may not claim one value."""
    unique = dict(record.unique)
    for field, value in record.unique.items():
        scrubbed = subject.text(value, own=own)
        if scrubbed != value:
            unique[field] = f"{scrubbed}-{record.id}"
    return unique
