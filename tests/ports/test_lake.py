"""The lake: objects by table, team and day."""

from functools import partial

import pytest

from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.world import World
from tests.support.race import race

TABLE = "ai_events"


def path(day: str = "2026-01-31", name: str = "a.parquet") -> LakePath:
    """A path of the usual table."""
    return LakePath(TABLE, day, name)


def test_bytes_come_back(world: World, scope: str) -> None:
    for data in (b"", b"\x00\xff", b"x" * 200_000):
        world.lake.put(scope, path(), data)
        assert world.lake.get(scope, path()) == data


def test_what_is_not_there(world: World, scope: str) -> None:
    with pytest.raises(NotInLake):
        world.lake.get(scope, path())
    assert list(world.lake.list(scope, TABLE)) == []
    assert list(world.lake.list(scope, TABLE, "2026-01-31")) == []
    assert list(world.lake.days(scope, TABLE)) == []
    world.lake.delete(scope, [path()])
    world.lake.delete(scope, [])


def test_list_tells_paths_and_sizes_in_order(world: World, scope: str) -> None:
    paths = [
        path("2026-02-01", "b"),
        path("2026-01-31", "z"),
        path("2026-01-31", "B"),
        path("2026-01-31", "a-ü"),
    ]
    for size, each in enumerate(paths):
        world.lake.put(scope, each, b"x" * size)
    listed = list(world.lake.list(scope, TABLE))
    assert [(entry.path, entry.size) for entry in listed] == [
        (paths[2], 2),
        (paths[3], 3),
        (paths[1], 1),
        (paths[0], 0),
    ]
    assert [entry.path for entry in world.lake.list(scope, TABLE, "2026-02-01")] == [paths[0]]


def test_days(world: World, scope: str) -> None:
    for day in ("2026-02-01", "2025-12-31", "2026-01-31"):
        world.lake.put(scope, path(day, "a"), b"")
        world.lake.put(scope, path(day, "b"), b"")
    world.lake.delete(
        scope, [path("2026-01-31", "a"), path("2026-01-31", "b"), path("2026-02-01", "a")]
    )
    assert list(world.lake.days(scope, TABLE)) == ["2025-12-31", "2026-02-01"]


def test_more_than_one_page(world: World, scope: str) -> None:
    paths = [path(name=f"{number:04}") for number in range(1_003)]
    for each in paths:
        world.lake.put(scope, each, b"")
    assert [entry.path for entry in world.lake.list(scope, TABLE)] == paths
    world.lake.delete(scope, paths)
    assert list(world.lake.list(scope, TABLE)) == []


def test_put_replaces(world: World, scope: str) -> None:
    race([partial(world.lake.put, scope, path(), bytes([n]) * 10_000) for n in range(4)])
    data = world.lake.get(scope, path())
    assert len(data) == 10_000
    assert len(set(data)) == 1
    assert len(list(world.lake.list(scope, TABLE))) == 1


def test_teams_tables_and_days_are_apart(world: World, scope: str) -> None:
    longer = scope + "x"
    world.lake.put(longer, path(), b"theirs")
    world.lake.put(scope, LakePath(f"{TABLE}2", "2026-01-31", "a.parquet"), b"another table")
    assert list(world.lake.list(scope, TABLE)) == []
    assert list(world.lake.days(scope, TABLE)) == []
    with pytest.raises(NotInLake):
        world.lake.get(scope, path())
    world.lake.delete(scope, [path()])
    assert world.lake.get(longer, path()) == b"theirs"
