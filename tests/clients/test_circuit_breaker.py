"""The circuit breaker of the unchanged revenium-python-sdk stops an application by our cost
controls."""

import json
from pathlib import Path

from tests.clients.applications import run
from tests.support.server import Server

RULE = {
    "name": "A day of the spender",
    "metricType": "TOTAL_COST",
    "windowType": "DAILY",
    "action": "BLOCK",
    "hardLimit": 0.0005,
    "filters": [{"dimension": "AGENT", "operator": "IS", "value": "spender"}],
    "denyMessage": "the spender has spent it all",
}
"""The third call of $0.00018 is over it."""
_CALLS = 3
_SLACK = 40
"""Calls that go through until metering, the set and the poll have told of the third one."""


def test_a_budget_that_is_gone_stops_the_next_call(tmp_path: Path, fake_provider: str) -> None:
    with Server(tmp_path / "data") as server:
        key = server.line["writeKey"]
        status, body = server.call("POST", "/profitstream/v2/api/ai/cost-controls", key, RULE)
        assert status == 200, body
        printed = run(
            "blocked_calls.py",
            tmp_path,
            server.line,
            fake_provider,
            REVENIUM_CIRCUIT_BREAKER_ENABLED="true",
            REVENIUM_TEAM_ID=server.line["teamId"],
            REVENIUM_CB_POLL_INTERVAL_SECONDS="1",
        )
    told = json.loads(printed.splitlines()[-1])
    assert _CALLS <= told["made"] <= _CALLS + _SLACK
    assert "the spender has spent it all" in told["told"]
