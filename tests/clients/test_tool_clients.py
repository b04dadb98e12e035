"""The SDK's unchanged tool decorator and report_tool_call meter against a real server."""

import json
from typing import Any

import pytest

from tests.clients.applications import columns, ledger, register_tool, run
from tests.support.server import Server

Rows = dict[str, list[dict[str, Any]]]
_NANO_A_ROW = 1_000_000
_PRICED = {
    "elements": [
        {"name": "rows", "aggregationType": "SUM", "tiers": [{"unitPrice": _NANO_A_ROW / 1e9}]}
    ]
}
_OWNERS = "agent organization product credential workflow_id trace_id"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The events of the application's tools, by tool."""
    home = tmp_path_factory.mktemp("tools")
    with Server(home / "data") as server:
        register_tool(
            server,
            name="Customers",
            toolId="customer-database",
            toolType="MCP_SERVER",
            toolProvider="ACME",
            pricing=_PRICED,
        )
        run("tool_calls.py", home, server.line)
    by_tool: Rows = {}
    for row in ledger(home / "data", "tool_events"):
        by_tool.setdefault(row["tool_id"], []).append(row)
    return by_tool


def test_every_call_is_one_event(rows: Rows) -> None:
    assert {tool: len(found) for tool, found in rows.items()} == {
        "customer-database": 3,
        "async-tool": 1,
        "stream-tool": 1,
        "flaky-tool": 1,
        "manual": 2,
    }
    assert len({row["transaction_id"] for found in rows.values() for row in found}) == 8


def test_a_registered_tool_has_its_price_and_its_owners(rows: Rows) -> None:
    for row in rows["customer-database"]:
        expected = {
            "operation": "lookup",
            "tool": "Customers",
            "tool_type": "MCP_SERVER",
            "tool_provider": "ACME",
        }
        assert columns(row, " ".join(expected)) == expected
        assert (row["price_status"], row["cost_nano"], row["is_success"]) == (
            "PRICED",
            3 * _NANO_A_ROW,
            True,
        )
        assert json.loads(row["extras"]) == {"usageMetadata": {"rows": 3}}
        owners = ("support-bot", "AcmeCorp", "chatbot", "cred-1", "wf-1", "trace-1")
        assert tuple(columns(row, _OWNERS).values()) == owners


def test_a_job_has_the_calls_made_inside_it(rows: Rows) -> None:
    jobs = [row.get("job_id") for row in rows["customer-database"]]
    assert sorted(jobs, key=str) == [None, None, "job-1"]


def test_a_tool_that_nobody_registered_has_no_known_cost(rows: Rows) -> None:
    (asked,), (streamed,) = rows["async-tool"], rows["stream-tool"]
    for row in (asked, streamed):
        assert (row["operation"], row["price_status"], row.get("cost_nano")) == (
            "execute",
            "UNPRICED",
            None,
        )
    assert json.loads(streamed["extras"]) == {
        "usageMetadata": {"pages": 2}
    }  # what the last item told


def test_failures_tell_why(rows: Rows) -> None:
    (failed,) = rows["flaky-tool"]
    assert (failed["is_success"], failed["error_reason"]) == (
        False,
        "ValueError",
    )  # the client keeps the text back
    for row in rows["manual"]:
        assert columns(row, "operation duration_ms is_success error_reason trace_id") == {
            "operation": "fetch",
            "duration_ms": 12,
            "is_success": False,
            "error_reason": "boom",
            "trace_id": "group-1",
        }
        assert json.loads(row["extras"]) == {"usageMetadata": {"records": 42}}
