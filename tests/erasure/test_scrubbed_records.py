"""Records without the person."""

from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.erasure.records import is_subscriber, scrub_record
from chalicelib.erasure.subject import Subject
from chalicelib.ports.documents import Record

ANNA = Subject(
    token="erased-1",
    ids=frozenset({"s1"}),
    credentials=frozenset({"c1"}),
    values=frozenset({"anna@acme.example", "customer-4711"}),
    aliases=frozenset({"anna's key"}),
)


def test_two_records_that_named_the_person_hold_different_values() -> None:
    unique = {"code": "anna@acme.example", "other": "x"}
    for record_id in ("a1", "a2"):
        scrubbed = scrub_record(Record("THING", record_id, {}, unique=unique), ANNA)
        assert scrubbed.unique == {"code": f"erased-1-{record_id}", "other": "x"}


def test_a_token_is_no_address() -> None:
    doc = {
        "email": "anna@acme.example",
        "recipients": ["books@acme.example", "Anna@acme.example"],
        "text": "for anna@acme.example",
        "amount": "47.11",
    }
    assert scrub_record(Record("THING", "a1", doc), ANNA).doc == {
        "email": "",
        "recipients": ["books@acme.example"],
        "text": "for erased-1",
        "amount": "47.11",
    }


def test_a_credential_of_the_person_is_deleted_and_says_nothing() -> None:
    doc = {"name": "Anna's key", "externalId": "...1234", "digest": "d", "tags": ["a"], "n": 1}
    record = Record(CREDENTIAL, "c1", doc, "Anna's key", unique={"value": "d"})
    scrubbed = scrub_record(record, ANNA)
    assert (scrubbed.deleted, scrubbed.name, scrubbed.unique) == (True, "erased-1", {})
    assert scrubbed.doc == {
        "name": "erased-1",
        "externalId": None,
        "digest": None,
        "tags": None,
        "n": 1,
    }


def test_a_record_of_somebody_else_stays_as_it_is() -> None:
    record = Record(CREDENTIAL, "c2", {"name": "Bob's key", "digest": "d"}, "Bob's key")
    assert scrub_record(record, ANNA) == record
    assert not is_subscriber(Record(SUBSCRIBER, "s2", {}), ANNA)
    assert is_subscriber(Record(SUBSCRIBER, "s1", {}), ANNA)
