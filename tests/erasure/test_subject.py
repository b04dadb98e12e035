"""Texts without a person: what is found, and what must stay to the letter."""

import json

import pytest

from chalicelib.erasure.rows import scrub_row
from chalicelib.erasure.subject import Subject

ANNA = Subject(
    "erased-1",
    frozenset({"s1"}),
    frozenset({"c1"}),
    frozenset({"anna@acme.example", "customer-4711", "7"}),
    frozenset({"anna's key"}),
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("anna@acme.example", "erased-1"),
        ("mail to Anna@ACME.example now", "mail to erased-1 now"),
        ("(customer-4711)", "(erased-1)"),
        ("customer-47110 or xcustomer-4711", "customer-47110 or xcustomer-4711"),
        ("joanna@acme.example", "joanna@acme.example"),
        ("7", "7"),
        ("chapter 7", "chapter 7"),
    ],
)
def test_texts(before: str, after: str) -> None:
    assert ANNA.text(before) == after


def test_a_short_id_is_taken_as_a_whole_and_only_where_it_is_theirs() -> None:
    assert ANNA.text("7", own=True) == "erased-1"
    assert ANNA.text("0.7", own=True) == "0.7"
    assert ANNA.json_text('{"user":"7","n":7,"totalCost":"0.7"}', own=True) == (
        '{"user":"erased-1","n":7,"totalCost":"0.7"}'
    )


def test_json_stays_what_it_was_but_for_the_person() -> None:
    text = (
        '{"a\\"b": "Anna@acme.example", "deep": [{"anna@acme.example": 1.10}],'
        ' "cost": "0.000000001"}'
    )
    found = json.loads(ANNA.json_text(text))
    assert found == {'a"b': "erased-1", "deep": [{"erased-1": 1.1}], "cost": "0.000000001"}
    assert "1.10" in ANNA.json_text(text)


def test_a_row_of_somebody_else_loses_only_the_words() -> None:
    row = {
        "subscriber_id": "s2",
        "subscriber": "bob",
        "extras": '{"cc":"anna@acme.example"}',
        "cost_nano": 7,
    }
    assert scrub_row(row, ANNA) == row | {"extras": '{"cc":"erased-1"}'}


@pytest.mark.parametrize(
    "who", [{"subscriber_id": "s1"}, {"credential_id": "c1"}, {"subscriber": "7"}]
)
def test_a_row_of_the_person(who: dict[str, str]) -> None:
    row = {
        "subscriber": "old name",
        "subscriber_email": None,
        "credential": "k",
        "version": 3,
        "cost_nano": 5,
    } | who
    after = scrub_row(row, ANNA)
    assert after == row | {
        "subscriber": "erased-1",
        "credential": "erased-1" if "credential_id" in who else "k",
    }
    assert scrub_row(after, ANNA) == after


@pytest.mark.parametrize(
    "other",
    [
        {"subscriber_id": "s2"},
        {"subscriber_email": "bob@acme.example"},
        {"subscriber_id": "s1", "subscriber_email": "bob@acme.example"},
    ],
)
def test_a_row_of_somebody_else_under_a_credential_of_the_person(other: dict[str, str]) -> None:
    row = {"subscriber": "Bob", "credential_id": "c1", "credential": "Anna's key", "cost_nano": 5}
    assert scrub_row(row | other, ANNA) == row | other | {"credential": "erased-1"}


def test_an_address_that_is_somebody_elses_by_now_leaves_a_row_the_persons() -> None:
    row = {"subscriber_id": "s1", "subscriber": "x", "subscriber_email": "desk@acme.example"}
    assert scrub_row(row, ANNA) == {**row, "subscriber": "erased-1", "subscriber_email": "erased-1"}


def test_nobody_is_found_in_nothing() -> None:
    assert Subject("erased-2").text("anything at all") == "anything at all"
