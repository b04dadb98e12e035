"""The lake bench measures real rows: every column is filled somewhere, days and ids agree, costs
add up."""

import json
from pathlib import Path

import pytest

from chalicelib.kit.clock import DAY, day_of, day_start, millis
from chalicelib.lake.parquet import decode, schema_of
from chalicelib.lake.tables import AI_EVENTS, CHARGES, TOOL_EVENTS
from infra.local.lake import LocalLake
from tests.bench import generate_year
from tests.bench.generate import stored_events

START = day_start("2026-11-20")


def test_generated_events_are_rows_of_the_table() -> None:
    events = list(stored_events("t1", 2_000, day=START))
    rows = [json.loads(event.body) for event in events]
    assert {name for row in rows for name in row} == AI_EVENTS.columns.keys()
    assert len({event.event_id for event in events}) == len(events)
    for event, row in zip(events, rows, strict=True):
        assert (event.day, event.event_id) == ("2026-11-20", row["event_id"])
        assert START <= row["requested_at"] < START + DAY
        legs = ("input_", "output_", "cache_read_", "cache_creation_", "media_")
        total = sum(row.get(f"{leg}cost_nano", 0) for leg in legs)
        assert row.get("cost_nano") == (None if row["price_status"] == "UNPRICED" else total)


def test_generated_events_are_the_same_every_time() -> None:
    one, two = (list(stored_events("t1", 50, day=START)) for _ in range(2))
    assert one == two


def test_a_generated_day_of_the_year_stands_as_compaction_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate_year, "_POOL", 3_000)
    monkeypatch.setattr(generate_year, "_pools", [])
    lake, day = LocalLake(tmp_path), day_of(START)
    generate_year.put_day(lake, "t1", START, 2_000)
    tables = {}
    for table in (AI_EVENTS, TOOL_EVENTS, CHARGES):
        (item,) = lake.list("t1", table.name)
        assert item.path.day == day
        tables[table.name] = decode(lake.get("t1", item.path), schema_of(table))
    calls, tools = tables["ai_events"], tables["tool_events"]
    assert (calls.num_rows, tools.num_rows) == (2_000, 200)
    assert [name for name in calls.schema.names if calls[name].null_count == calls.num_rows] == []
    for rows in (calls, tools):
        assert len(set(rows["event_id"].to_pylist())) == rows.num_rows
        assert {day_of(millis(at)) for at in rows["requested_at"].to_pylist()} == {day}
    times = calls["requested_at"].to_pylist()
    assert times == sorted(times)
    assert 500 < len(set(calls["trace_id"].to_pylist())) < 900
    assert set(tools["trace_id"].to_pylist()) <= set(calls["trace_id"].to_pylist())
