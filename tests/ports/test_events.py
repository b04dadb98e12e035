"""Events: the ledger's promises on every adapter."""

import random
from dataclasses import replace
from functools import partial
from string import ascii_letters

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kit.ids import new_id
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from tests.support.race import race

ENTRIES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.integers()), max_size=8)


def event(team: str, event_id: str = "e1", version: int = 1, body: str = "{}") -> EventRecord:
    """A small event."""
    return EventRecord(team, event_id, version, "ai_events", "2026-01-31", body)


def test_first_wins(world: World, scope: str) -> None:
    first, second = event(scope, body='{"n":1}'), event(scope, body='{"n":2}')
    assert world.events.append(scope, [first]) == [True]
    assert world.events.append(scope, [second]) == [False]
    assert world.events.get(scope, ["e1"]) == {"e1": first}


def test_first_wins_within_a_batch(world: World, scope: str) -> None:
    batch = [
        event(scope, "e1", body="1"),
        event(scope, "e2", body="2"),
        event(scope, "e1", body="3"),
    ]
    assert world.events.append(scope, batch) == [True, True, False]
    assert {key: found.body for key, found in world.events.get(scope, ["e1", "e2"]).items()} == {
        "e1": "1",
        "e2": "2",
    }


def test_a_batch_of_known_and_new_ones(world: World, scope: str) -> None:
    world.events.append(scope, [event(scope, "a"), event(scope, "b", version=2)])
    batch = [
        event(scope, "new"),
        event(scope, "a"),
        event(scope, "b"),
        event(scope, "b", version=2),
        event(scope, "new"),
    ]
    assert world.events.append(scope, batch) == [True, False, True, False, False]
    assert world.events.append(scope, batch) == [False] * 5


def test_an_empty_batch_is_nothing(world: World, scope: str) -> None:
    assert world.events.append(scope, []) == []
    assert world.events.get(scope, []) == {}


def test_versions_are_appended_and_the_newest_is_read(world: World, scope: str) -> None:
    versions = [event(scope, version=number, body=f"v{number}") for number in (1, 2, 10, 9)]
    assert world.events.append(scope, versions) == [True] * 4
    assert world.events.get(scope, ["e1"])["e1"].version == 10
    assert [each.version for each in world.events.history(scope, "e1")] == [1, 2, 9, 10]
    assert world.events.append(scope, [versions[1]]) == [False]


def test_the_newest_versions_of_several_events(world: World, scope: str) -> None:
    stored = [event(scope, each, number) for each in ("e1", "e2") for number in (3, 1, 10, 9)]
    world.events.append(scope, stored)
    found = world.events.versions(scope, ["e2", "nope", "e1"], 3)
    assert found.keys() == {"e1", "e2"}
    for each in ("e1", "e2"):
        assert [one.version for one in found[each]] == [10, 9, 3]
        assert {one.event_id for one in found[each]} == {each}
    assert [one.version for one in world.events.versions(scope, ["e1"], 9)["e1"]] == [10, 9, 3, 1]
    assert world.events.versions(scope, [], 3) == {}


def test_newest_versions_that_fill_more_than_one_answer_of_the_store(
    world: World, scope: str
) -> None:
    body = "".join(random.Random(4).choices(ascii_letters, k=300_000))  # packed it stays as large
    world.events.append(scope, [event(scope, version=number, body=body) for number in range(1, 9)])
    found = world.events.versions(scope, ["e1"], 7)["e1"]
    assert [each.version for each in found] == [8, 7, 6, 5, 4, 3, 2]


def test_unknown_events(world: World, scope: str) -> None:
    assert world.events.get(scope, ["nope"]) == {}
    assert world.events.history(scope, "nope") == []


@pytest.mark.parametrize(
    "body", ['{"t":"Ü 漢字 🚀 \' % \\\\ \\u0000"}', "not json", "", "x" * 300_000]
)
def test_the_body_comes_back_to_the_letter(world: World, scope: str, body: str) -> None:
    stored = event(scope, body=body)
    world.events.append(scope, [stored])
    assert world.events.history(scope, "e1") == [stored]


def test_a_hundred_at_once(world: World, scope: str) -> None:
    batch = [event(scope, f"e{number}") for number in range(100)]
    assert world.events.append(scope, batch) == [True] * 100
    found = world.events.get(scope, [each.event_id for each in batch] + ["nope", "e1"])
    assert found == {each.event_id: each for each in batch}


def test_teams_never_see_each_other(world: World, scope: str, other_scope: str) -> None:
    world.events.append(scope, [event(scope, body="mine")])
    assert world.events.get(other_scope, ["e1"]) == {}
    assert world.events.history(other_scope, "e1") == []
    assert world.events.append(other_scope, [event(other_scope, body="theirs")]) == [True]
    assert world.events.get(scope, ["e1"])["e1"].body == "mine"


def test_in_a_race_one_is_first_and_stays(world: World, scope: str) -> None:
    works = [partial(world.events.append, scope, [event(scope, body=str(n))]) for n in range(6)]
    outcomes = race(works)
    assert sorted(outcomes, key=str) == [[False]] * 5 + [[True]]
    assert world.events.get(scope, ["e1"])["e1"].body == str(outcomes.index([True]))


@given(batches=st.lists(ENTRIES, max_size=3))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_batches_behave_like_a_dictionary(
    world: World, batches: list[list[tuple[str, int, int]]]
) -> None:
    team = new_id()
    known: dict[tuple[str, int], EventRecord] = {}
    for entries in batches:
        batch = [event(team, event_id, version, str(body)) for event_id, version, body in entries]
        expected = []
        for each in batch:
            expected.append((each.event_id, each.version) not in known)
            known.setdefault((each.event_id, each.version), each)
        assert world.events.append(team, batch) == expected
    for event_id in "abc":
        versions = sorted(
            (each for each in known.values() if each.event_id == event_id), key=lambda e: e.version
        )
        assert world.events.history(team, event_id) == versions
        assert world.events.get(team, [event_id]) == (
            {event_id: replace(versions[-1])} if versions else {}
        )


def test_every_version_of_a_team_is_walked_through(
    world: World, scope: str, other_scope: str
) -> None:
    versions = [
        event(scope, f"e{number}", version, f"{number}")
        for number in range(40)
        for version in (1, 2)
    ]
    world.events.append(scope, versions)
    world.events.append(other_scope, [event(other_scope)])
    found = list(world.events.every(scope))
    assert sorted(found, key=lambda each: (each.event_id, each.version)) == sorted(
        versions, key=lambda each: (each.event_id, each.version)
    )
    assert list(world.events.every("nobody")) == []


def test_overwriting_replaces_bodies_and_nothing_else(
    world: World, scope: str, other_scope: str
) -> None:
    for team in (scope, other_scope):
        world.events.append(team, [event(team, body="old"), event(team, version=2, body="newer")])
    world.events.overwrite(scope, [event(scope, body="Ü" * 5_000), event(scope, "unknown")])
    assert [each.body for each in world.events.history(scope, "e1")] == ["Ü" * 5_000, "newer"]
    assert world.events.append(scope, [event(scope, body="old")]) == [False]
    assert world.events.get(scope, ["unknown"]) == {}
    assert [each.body for each in world.events.history(other_scope, "e1")] == ["old", "newer"]


def test_dropped_events_are_unknown(world: World, scope: str, other_scope: str) -> None:
    for team in (scope, other_scope):
        world.events.append(team, [event(team), event(team, version=2), event(team, "e2")])
    world.events.drop(scope, ["e1", "unknown"])
    assert world.events.history(scope, "e1") == []
    assert set(world.events.get(scope, ["e1", "e2"])) == {"e2"}
    assert set(world.events.get(other_scope, ["e1", "e2"])) == {"e1", "e2"}
    assert world.events.append(scope, [event(scope)]) == [True]
