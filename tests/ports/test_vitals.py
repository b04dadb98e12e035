"""Vitals: every adapter tells what it can, and a person is told what is wrong."""

from chalicelib.ports.vitals import Reading, find_problems
from chalicelib.ports.world import World
from tests.ports.test_events import event


def test_a_reading_is_cheap_and_never_fails(world: World) -> None:
    world.vitals.note("upkeep", "")
    assert world.vitals.read().failures == {}


def test_the_lag_counts_what_the_lake_has_yet_to_take(local_world: World, scope: str) -> None:
    local_world.events.append(scope, [event(scope, f"e{number}") for number in range(3)])
    assert local_world.vitals.read().feed_lag == 3
    batch = local_world.feed.read("local", None, 2)
    assert batch
    local_world.feed.advance("lake", "local", batch.last)
    assert local_world.vitals.read().feed_lag == 1


def test_problems_are_sentences() -> None:
    assert list(find_problems(Reading())) == []
    assert list(find_problems(Reading(2 * 1024**3, 200_000))) == []
    told = list(find_problems(Reading(1024**3 - 1, 200_001, {"upkeep": "OSError: no"})))
    assert told == [
        "only 1023 MiB are free where events are written",
        "the lake is 200,001 versions of events behind the ledger",
        "upkeep has failed and is tried again: OSError: no",
    ]
