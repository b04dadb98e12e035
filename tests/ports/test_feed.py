"""The feed: every version, in order per shard, from a checkpoint."""

from collections.abc import Iterator, Sequence

from chalicelib.ports.events import EventRecord, by_team
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.world import World
from tests.ports.test_events import event


def batches(
    world: World, shard: str, after: str | None = None, limit: int = 3
) -> Iterator[FeedBatch]:
    """All there is behind a position."""
    while (batch := world.feed.read(shard, after, limit)) is not None:
        assert 0 < len(batch.events) <= limit
        assert batch.shard == shard
        yield batch
        after = batch.last


def of_team(world: World, team: str, limit: int = 3) -> list[EventRecord]:
    """A team's versions, shard by shard."""
    read = [
        batch.events
        for shard in world.feed.shards()
        for batch in batches(world, shard, limit=limit)
    ]
    return [each for events in read for each in by_team(events).get(team, ())]


def test_every_version_arrives_whole_and_in_order(world: World, scope: str) -> None:
    stored = [event(scope, f"e{n // 2}", n % 2 + 1, f'{{"n":{n},"t":"漢🚀"}}') for n in range(7)]
    for each in stored:
        world.events.append(scope, [each])
    assert of_team(world, scope) == stored
    assert of_team(world, scope, limit=1_000) == stored


def test_a_large_body_arrives_whole(world: World, scope: str) -> None:
    stored = event(scope, body="ü" * 100_000)
    world.events.append(scope, [stored])
    assert of_team(world, scope) == [stored]


def test_a_refused_duplicate_does_not_arrive(world: World, scope: str) -> None:
    first = event(scope, body="first")
    world.events.append(scope, [first, event(scope, body="second")])
    world.events.append(scope, [event(scope, body="third")])
    assert of_team(world, scope) == [first]


def test_positions_sort_as_text_and_name_what_was_read(world: World, scope: str) -> None:
    for number in range(12):
        world.events.append(scope, [event(scope, f"e{number}")])
    for shard in world.feed.shards():
        read = list(batches(world, shard, limit=2))
        bounds: Sequence[str] = [bound for batch in read for bound in (batch.first, batch.last)]
        assert list(bounds) == sorted(bounds)
        if len(read) > 2:
            again = list(batches(world, shard, read[0].last, limit=2))
            assert again == read[1:]


def test_what_comes_later_stands_behind_the_position(world: World, scope: str) -> None:
    world.events.append(scope, [event(scope, "early")])
    ends = {shard: [batch.last for batch in batches(world, shard)] for shard in world.feed.shards()}
    world.events.append(scope, [event(scope, "late")])
    late = [
        each
        for shard, seen in ends.items()
        for batch in batches(world, shard, seen[-1] if seen else None)
        for each in batch.events
    ]
    assert [each.event_id for each in late] == ["late"]


def test_each_reader_has_its_own_position(world: World) -> None:
    shard = world.feed.shards()[0]
    assert world.feed.position("nobody", shard) is None
    world.feed.advance("lake", shard, "0001")
    world.feed.advance("alerts", shard, "0002")
    world.feed.advance("lake", shard, "0003")
    assert world.feed.position("lake", shard) == "0003"
    assert world.feed.position("alerts", shard) == "0002"
    assert world.feed.position("lake", "another shard") is None
