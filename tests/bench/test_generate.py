"""The lake bench measures real rows: every column is filled somewhere, days and ids agree, costs add up."""

import json

from chalicelib.kit.clock import DAY, day_start
from chalicelib.lake.tables import AI_EVENTS
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
