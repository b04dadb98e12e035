"""What the doctor sees."""

from dataclasses import replace

from chalicelib.lake.compaction import compact_day
from chalicelib.lake.health import ListedModel, UnpricedModel, examine
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from tests.lake.samples import DAY, batch, event


def test_a_lake_in_order_has_nothing_to_tell(world: World, team: str) -> None:
    write(world, batch(event(team, "a", cost_nano=1)))
    compact_day(world, team, "ai_events", DAY)
    roll_day(world, team, DAY)
    health = examine(world, team)
    assert (health.quarantined, health.waiting, health.unknown, health.unpriced) == ([], [], [], [])


def test_it_tells_what_is_wrong(world: World, team: str) -> None:
    bad = replace(event(team, "bad"), table="ledger")
    write(
        world,
        batch(
            bad, replace(event(team, "worse"), table="ledger"), replace(event(team, "x"), day="no")
        ),
    )
    calls = [
        event(team, f"{name}{number}", model=name, provider="p")
        for name in "ab"
        for number in range(ord(name) % 3)
    ]
    write(
        world,
        batch(
            *calls,
            event(team, "b1", 2, model="b", cost_nano=5),
            event(team, "n"),
            event(team, "b3", model="b", provider="p", unpriced_reason="NO_RATE"),
            first="2",
        ),
    )
    health = examine(world, team)
    assert health.quarantined == [("unknown table 'ledger'", 2), ("'no' is no day", 1)]
    assert health.waiting == [("ai_events", DAY)]
    assert health.unpriced == [
        UnpricedModel("(none)", "(none)", 1),
        UnpricedModel("p", "a", 1),
        UnpricedModel("p", "b", 1),
        UnpricedModel("p", "b", 1, "NO_RATE"),
    ]


def test_it_counts_the_calls_that_each_rate_of_a_list_charged(world: World, team: str) -> None:
    plain = {"provider": "p", "model": "m", "cost_nano": 1, "input_tokens": 5}
    write(
        world,
        batch(
            event(team, "a", price_source="BOOK", output_tokens=2, **plain),
            event(team, "b", price_source="MIXED", cache_read_tokens=4, **plain),
            event(team, "b", 2, price_source="MIXED", cache_creation_tokens=1, **plain),
            event(team, "c", price_source="TEAM", **plain),
            event(team, "d", price_source="CLIENT", **plain),
            event(team, "e", price_source="BOOK", cost_nano=1, model="m"),
            event(team, "f", price_source="NONE", provider="p", model="m"),
        ),
    )
    counts = {"input": 2, "output": 1, "cache_read": 0, "cache_write": 1}
    calls = {(rate, 0): count for rate, count in counts.items()}
    (nobody, listed) = sorted(examine(world, team).listed, key=lambda each: each.provider)
    assert (nobody.provider, set(nobody.calls.values())) == ("", {0})
    assert listed == ListedModel("p", "m", calls)


def test_over_a_step_it_counts_the_calls_whose_prompt_may_be_longer(
    world: World, team: str
) -> None:
    plain = {"provider": "p", "model": "m", "cost_nano": 1, "price_source": "BOOK"}
    write(
        world,
        batch(
            event(team, "a", input_tokens=6, **plain),
            event(team, "b", input_tokens=5, **plain),
            event(team, "c", input_tokens=3, cache_read_tokens=2, cache_creation_tokens=1, **plain),
            event(team, "d", output_tokens=9, **plain),
        ),
    )
    (listed,) = examine(world, team, {5}).listed
    assert [listed.calls["input", step] for step in (0, 5)] == [3, 2]
    assert [listed.calls["output", step] for step in (0, 5)] == [1, 0]
    assert [listed.calls["cache_read", step] for step in (0, 5)] == [1, 1]


def test_tools_without_a_price_are_named_and_their_days_are_finished_when_rolled_up(
    world: World, team: str
) -> None:
    write(world, batch(replace(event(team, "t", tool_id="search"), table="tool_events")))
    health = examine(world, team)
    assert (health.waiting, health.unpriced) == (
        [("tool_events", DAY)],
        [UnpricedModel("unregistered tool", "search", 1)],
    )
    compact_day(world, team, "tool_events", DAY)
    roll_day(world, team, DAY, "tool_events")
    assert examine(world, team).waiting == []


def test_files_that_no_state_speaks_of_are_found(world: World, team: str) -> None:
    write(world, batch(event(team, "a", cost_nano=1)))
    (item,) = world.lake.list(team, "ai_events")
    world.lake.put(
        team, LakePath("ai_events", "2026-03-09", item.path.name), world.lake.get(team, item.path)
    )
    assert examine(world, team).unknown == [("ai_events", "2026-03-09")]
