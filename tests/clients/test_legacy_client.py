"""The unchanged client of before, revenium_metering 6.8.3, meters against a real server at both of
its addresses."""

import json
from decimal import Decimal
from pathlib import Path

from tests.clients.applications import columns, ledger, run, totals
from tests.support.patience import eventually
from tests.support.server import Server

USD = 2 * (Decimal("0.000015") + Decimal("0.000012"))
"""100 in at $0.15 and 20 out at $0.60 a million, at each address."""


def test_the_legacy_client_meters_against_a_laptop(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        run("legacy_calls.py", tmp_path, server.line)
        eventually(lambda: totals(server.line, "model") == {"gpt-4o-mini": USD})
        for dimension, name in {
            "organization": "AcmeCorp",
            "product": "chatbot",
            "api-key": "my key",
        }.items():
            assert totals(server.line, dimension) == {name: USD}
    _check_tools(tmp_path / "data")


def _check_tools(folder: Path) -> None:
    """It sends in the caller's thread, so the events lie in the order of the calls."""
    rows = ledger(folder, "tool_events")
    names = "tool_id operation is_success agent organization product error_reason trace_id"
    assert [tuple(columns(row, names).values()) for row in rows] == 2 * [
        ("legacy-tool", "scrape", True, "scraper", None, None, None, None),
        ("legacy-async", "execute", True, None, "AcmeCorp", "chatbot", None, None),
        ("manual", "execute", False, None, None, None, "boom", "trace-1"),
    ]
    assert [json.loads(row.get("extras", "{}")) for row in rows[:2]] == [
        {"usageMetadata": {"pages": 2}},
        {},
    ]
