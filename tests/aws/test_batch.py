"""awswrangler's own code path through UNLOAD, under moto."""

from collections.abc import Iterator

import pytest

from chalicelib.aws.batch import AthenaBatch
from chalicelib.kit.ids import new_id
from chalicelib.ports.engine import Statement
from chalicelib.ports.world import World
from tests.ports.test_engine import WHERE, put
from tests.support import aws

pytestmark = pytest.mark.any_sql
"""The engine itself is under test."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with aws.running(tmp_path_factory.mktemp("aws")) as built:
        yield built


def test_a_large_result_comes_back_typed(world: World) -> None:
    team = new_id()
    put(
        world,
        team,
        [{"event_id": f"it's {n}", "cost_nano": n if n % 2 else None} for n in range(3_000)],
    )
    statement = Statement(
        f"SELECT event_id, cost_nano, deleted {WHERE} AND event_id <> ? ORDER BY cost_nano",
        (team, "it's 1"),
    )
    table = AthenaBatch(world.settings).read(team, statement)
    assert table.num_rows == 2_999
    assert table.column_names == ["event_id", "cost_nano", "deleted"]
    assert table["cost_nano"].null_count == 1_500
    assert sum(each or 0 for each in table["cost_nano"].to_pylist()) == sum(range(3, 3_000, 2))


def test_an_empty_result(world: World) -> None:
    statement = Statement(f"SELECT event_id {WHERE}", (new_id(),))
    assert AthenaBatch(world.settings).read(str(statement.params[0]), statement).num_rows == 0
