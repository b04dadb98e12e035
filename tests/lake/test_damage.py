"""Damaged and vanished files: the rest is answered, nothing stops, and a day can be rebuilt."""

from collections.abc import Callable

import pytest

from chalicelib.export.charges import charges_of
from chalicelib.kit.errors import Invalid
from chalicelib.lake import rebuild
from chalicelib.lake.compaction import compact_day, compact_due
from chalicelib.lake.damage import (
    LakeIncomplete,
    accept_losses,
    check_whole,
    inspect,
    inspect_due,
    run,
)
from chalicelib.lake.days import lease_day, read_states
from chalicelib.lake.health import Loss, examine
from chalicelib.lake.limits import set_limit
from chalicelib.lake.queries import count_unpriced
from chalicelib.lake.reading import check_files
from chalicelib.lake.rebuild import rebuild_day
from chalicelib.lake.rolling import roll_day, roll_due
from chalicelib.lake.tables import DAMAGED
from chalicelib.lake.writer import write
from chalicelib.metering.rerating import Order, rerate, rerate_due
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from tests.lake.samples import DAY, NOON, batch, event
from tests.lake.test_writer import rows
from tests.support.clock import Clock

Damage = Callable[[bytes], bytes]


def flip(data: bytes) -> bytes:
    """The bytes of the pages all changed, header and footer as they were."""
    middle = len(data) // 2
    return data[:8] + bytes(byte ^ 0xFF for byte in data[8:middle]) + data[middle:]


DAMAGES: dict[str, Damage] = {
    "cut": lambda data: data[: len(data) // 2],
    "flipped": flip,
    "empty": lambda _: b"",
    "rubbish": lambda _: b"rubbish" * 100,
}


def store(world: World, team: str, *numbers: int, first: str) -> LakePath:
    """Events in the ledger and in one file of the lake, whose path it answers."""
    events = [event(team, f"e{number}", at=NOON + number, model="m") for number in numbers]
    world.events.append(team, events)
    write(world, batch(*events, first=first))
    return LakePath("ai_events", DAY, f"feed-s-{first}-{first}.parquet")


def names(world: World, team: str) -> list[str]:
    return sorted(row["transaction_id"] for row in rows(world, team))


def lost(world: World, team: str) -> dict[str, int]:
    return dict(read_states(world, team, "ai_events", [DAY])[DAY].lost)


def spoil(world: World, team: str, path: LakePath, damage: Damage) -> None:
    world.lake.put(team, path, damage(world.lake.get(team, path)))


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest) -> Damage:
    return DAMAGES[request.param]


def count_calls(world: World, team: str) -> int:
    result = run(world, team, count_unpriced("ai_events", team, DAY, DAY))
    return sum(int(str(calls)) for *_, calls in result.rows)


def test_a_question_is_answered_from_the_other_files(
    world: World, team: str, damage: Damage
) -> None:
    path = store(world, team, 1, 2, first="01")
    store(world, team, 3, first="02")
    spoil(world, team, path, damage)
    assert count_calls(world, team) == 1
    assert lost(world, team) == {path.name: 2}
    (aside,) = world.lake.list(team, DAMAGED)
    assert aside.path == LakePath(DAMAGED, DAY, f"ai_events.{path.name}")


def test_upkeep_rating_and_export_go_on_with_the_rest(
    world: World, team: str, damage: Damage
) -> None:
    for number, job in enumerate(
        (
            lambda: compact_day(world, team, "ai_events", DAY),
            lambda: rerate(world, team, Order(DAY, DAY), "t"),
            lambda: charges_of(world, team, DAY),
            lambda: check_files(world, team, "ai_events"),
        )
    ):
        path = store(world, team, number, first=f"1{number}")
        spoil(world, team, path, damage)
        job()
        assert lost(world, team).keys() >= {path.name}
    store(world, team, 9, first="19")
    assert compact_day(world, team, "ai_events", DAY)
    assert names(world, team) == ["e9"]


def test_schedules_reach_the_other_teams(world: World, team: str, clock: Clock) -> None:
    path = store(world, team, 1, first="01")
    other = f"{team}-other"
    store(world, other, 2, first="02")
    spoil(world, team, path, DAMAGES["cut"])
    clock.now += 600_000
    compact_due(world)
    rerate_due(world)
    roll_due(world)
    assert read_states(world, other, "ai_events", [DAY])[DAY].is_rolled


def test_a_damaged_clean_file_is_found_when_its_day_is_rolled_up(world: World, team: str) -> None:
    store(world, team, 1, first="01")
    compact_day(world, team, "ai_events", DAY)
    (file,) = world.lake.list(team, "ai_events", DAY)
    spoil(world, team, file.path, DAMAGES["cut"])
    roll_day(world, team, DAY)
    assert lost(world, team) == {file.path.name: 1}


def test_a_damaged_rollup_is_made_again_from_the_events(
    world: World, team: str, damage: Damage
) -> None:
    store(world, team, 1, first="01")
    compact_day(world, team, "ai_events", DAY)
    roll_day(world, team, DAY)
    path = LakePath("rollup_daily", DAY, "rollup.parquet")
    spoil(world, team, path, damage)
    assert check_files(world, team, "rollup_daily") == 1
    assert not read_states(world, team, "ai_events", [DAY])[DAY].is_rolled
    assert roll_day(world, team, DAY)
    assert lost(world, team) == {}
    assert check_files(world, team, "rollup_daily") == 0


@pytest.mark.parametrize("compacted", [False, True])
def test_a_file_that_vanished_is_noticed(world: World, team: str, compacted: bool) -> None:
    store(world, team, 1, 2, first="01")
    if compacted:
        compact_day(world, team, "ai_events", DAY)
    assert inspect(world, team) == 0
    (file,) = world.lake.list(team, "ai_events", DAY)
    world.lake.delete(team, [file.path])
    assert inspect_due(world) == 1
    assert inspect_due(world) == 0
    assert examine(world, team).lost == [Loss("ai_events", DAY, 1, 2)]
    rebuild_day(world, team, DAY)
    assert examine(world, team).lost == []
    assert names(world, team) == ["e1", "e2"]


def test_compaction_notices_what_vanished(world: World, team: str) -> None:
    path = store(world, team, 1, first="01")
    store(world, team, 2, first="02")
    world.lake.delete(team, [path])
    compact_day(world, team, "ai_events", DAY)
    assert list(lost(world, team).values()) == [1]


def test_a_batch_that_comes_again_is_lost_no_more(world: World, team: str) -> None:
    path = store(world, team, 1, first="01")
    spoil(world, team, path, DAMAGES["empty"])
    compact_day(world, team, "ai_events", DAY)
    assert lost(world, team)
    store(world, team, 1, first="01")
    assert not lost(world, team)


def test_a_rebuilt_day_is_clean_rolled_up_and_whole(
    world: World, team: str, damage: Damage
) -> None:
    path = store(world, team, 1, 2, first="01")
    store(world, team, 3, first="02")
    spoil(world, team, path, damage)
    count_calls(world, team)
    results = rebuild_day(world, team, DAY)
    assert (results["ai_events"].versions, results["ai_events"].lost) == (3, 0)
    assert names(world, team) == ["e1", "e2", "e3"]
    state = read_states(world, team, "ai_events", [DAY])[DAY]
    assert state.is_clean
    assert state.is_rolled
    assert not state.lost
    assert examine(world, team).lost == []
    rebuild_day(world, team, DAY)
    assert names(world, team) == ["e1", "e2", "e3"]


def test_newer_versions_and_deletions_are_rebuilt_too(world: World, team: str) -> None:
    store(world, team, 1, 2, first="01")
    world.events.append(team, [event(team, "e1", 2, model="n"), event(team, "e2", 2, deleted=True)])
    rebuild_day(world, team, DAY)
    told = [(row["transaction_id"], row["model"], row["deleted"]) for row in rows(world, team)]
    assert sorted(told, key=str) == [("e1", "n", False), ("e2", None, True)]


def test_events_that_the_ledger_has_forgotten_are_kept(world: World, team: str) -> None:
    store(world, team, 1, 2, first="01")
    world.events.drop(team, [event(team, "e1").event_id])
    result = rebuild_day(world, team, DAY)["ai_events"]
    assert (result.versions, result.kept) == (1, 1)
    assert names(world, team) == ["e1", "e2"]


def test_what_the_ledger_has_forgotten_stays_lost(world: World, team: str) -> None:
    path = store(world, team, 1, 2, first="01")
    world.events.drop(team, [event(team, "e1").event_id, event(team, "e2").event_id])
    spoil(world, team, path, DAMAGES["cut"])
    assert rebuild_day(world, team, DAY)["ai_events"].lost == 1
    assert lost(world, team) == {path.name: 2}
    with pytest.raises(LakeIncomplete):
        check_whole(world, team, ["ai_events"], [DAY])
    accept_losses(world, team, ["ai_events", "tool_events"], DAY)
    assert lost(world, team) == {}
    check_whole(world, team, ["ai_events"], [DAY])


def test_what_the_feed_writes_during_a_rebuild_stays(world: World, team: str) -> None:
    store(world, team, 1, first="01")

    def interfere(events: object) -> list[object]:
        found = list(events)  # type: ignore[call-overload]
        newer = [event(team, "e1", 2, model="newer"), event(team, "e5")]
        world.events.append(team, newer)
        write(world, batch(*newer, first="05"))
        return found

    rebuild_day(world, team, DAY, watch=interfere)  # type: ignore[arg-type]
    compact_day(world, team, "ai_events", DAY)
    told = sorted((row["transaction_id"], row["model"]) for row in rows(world, team))
    assert told == [("e1", "newer"), ("e5", None)]


def test_a_rebuild_that_breaks_off_leaves_a_day_that_reads_right(
    world: World, team: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(world, team, 1, 2, first="01")
    compact_day(world, team, "ai_events", DAY)
    with monkeypatch.context() as patch:
        patch.setattr(rebuild, "announce_swap", _fail)
        with pytest.raises(ConnectionError):
            rebuild_day(world, team, DAY)
    state = read_states(world, team, "ai_events", [DAY])[DAY]
    assert not state.is_clean
    assert count_calls(world, team) == 2
    rebuild_day(world, team, DAY)
    assert names(world, team) == ["e1", "e2"]


def _fail(*_args: object, **_named: object) -> None:
    raise ConnectionError("gone")


def test_a_day_that_somebody_works_on_is_left_alone(world: World, team: str) -> None:
    store(world, team, 1, first="01")
    lease_day(world, team, "ai_events", DAY, "other")
    assert rebuild_day(world, team, DAY)["ai_events"].busy


def test_a_day_that_retention_has_emptied_is_not_brought_back(world: World, team: str) -> None:
    store(world, team, 1, first="01")
    set_limit(world.documents, team, "2026-03-11")
    with pytest.raises(Invalid):
        rebuild_day(world, team, DAY)
