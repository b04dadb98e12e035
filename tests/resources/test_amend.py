"""Amend: whoever was slower reads again and repeats."""

import pytest

from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Stale, Taken
from chalicelib.ports.world import World
from chalicelib.resources.amend import amend, retry


@pytest.mark.parametrize("error", [Stale("THING", "a"), Taken("THING", "id", "a")])
def test_an_attempt_that_came_too_late_is_made_again(error: Exception) -> None:
    attempts: list[int] = []

    def attempt() -> int:
        attempts.append(1)
        if len(attempts) < 3:
            raise error
        return len(attempts)

    assert retry(attempt) == 3


def test_after_a_hundred_attempts_the_last_error_is_raised() -> None:
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        raise Stale("THING", "a")

    with pytest.raises(Stale):
        retry(attempt)
    assert len(attempts) == 100


def test_a_document_is_made_and_changed_and_left_alone(local_world: World) -> None:
    team, documents = new_id(), local_world.documents
    amend(documents, team, "THING", "a", lambda doc: {**doc, "n": 1, "reference": "r"})
    amend(documents, team, "THING", "a", lambda doc: {**doc, "n": doc["n"] + 1})
    amend(documents, team, "THING", "a", lambda _: None)
    record = documents.get(team, "THING", "a")
    assert record is not None
    assert (record.doc["n"], record.reference, record.version) == (2, "r", 2)


def test_what_somebody_else_wrote_meanwhile_is_not_lost(local_world: World) -> None:
    team, documents = new_id(), local_world.documents
    meanwhile = [Record("THING", "a", {"theirs": 1})]

    def change(doc: dict[str, int]) -> dict[str, int]:
        if meanwhile:
            documents.create(team, meanwhile.pop())
        return {**doc, "mine": 1}

    amend(documents, team, "THING", "a", change)  # type: ignore[arg-type]
    record = documents.get(team, "THING", "a")
    assert record is not None
    assert record.doc == {"theirs": 1, "mine": 1}
