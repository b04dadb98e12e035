"""Sums are exact, or none."""

from typing import Any

import pyarrow as pa
import pytest

from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import read_states
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.sums import DoesNotFit, group_rows
from chalicelib.lake.writer import write
from chalicelib.ports.world import World
from tests.lake.samples import DAY, batch, event

MOST = 2**63 - 1


def sums(*amounts: int | None) -> list[dict[str, Any]]:
    rows = pa.table({"key": ["a"] * len(amounts), "cost": pa.array(amounts, pa.int64())})
    found: list[dict[str, Any]] = group_rows(rows, ["key"], {"cost": "sum"}).to_pylist()
    return found


@pytest.mark.parametrize(
    "amounts", [(MOST - 1, 1), (MOST, MOST, -MOST), (None, MOST), (None, None), (-MOST, -1)]
)
def test_what_fits_is_exact(amounts: tuple[int | None, ...]) -> None:
    known = [amount for amount in amounts if amount is not None]
    assert sums(*amounts) == [{"key": "a", "cost": sum(known) if known else None}]


@pytest.mark.parametrize("amounts", [(MOST, 1), (MOST, MOST, 5), (-MOST, -2)])
def test_what_does_not_fit_is_refused(amounts: tuple[int, ...]) -> None:
    with pytest.raises(DoesNotFit, match="cost"):
        sums(*amounts)


def test_a_day_whose_sums_do_not_fit_stays_as_it_was(world: World, team: str) -> None:
    write(world, batch(*(event(team, name, cost_nano=MOST) for name in "ab")))
    assert compact_day(world, team, "ai_events", DAY)
    assert not roll_day(world, team, DAY)
    (state,) = read_states(world, team, "ai_events", [DAY]).values()
    assert (state.is_clean, state.is_rolled, state.job) == (True, False, "")
