"""The unchanged revenium-python-sdk runs jobs against us: retries, conflicts and amendments
included."""

import json
from pathlib import Path

from tests.clients.applications import run
from tests.support.patience import eventually
from tests.support.server import Server

CALL = (600 * 0.15 + 100 * 0.60 + 400 * 0.075) / 1e6
"""What a call of the fake provider costs: fresh tokens, those out, and cached ones."""


def test_the_sdk_runs_jobs(tmp_path: Path, fake_provider: str) -> None:
    seen = tmp_path / "seen.json"
    with Server(tmp_path / "data") as server:
        run("job_calls.py", tmp_path, server.line, fake_provider, SEEN=str(seen))
        assert json.loads(seen.read_text()) == {
            "version": 1,
            "already": [True, 0],
            "amended": 600.0,
            "conflict": 2,
            "made": [0, "chat", "Chat"],
            "unknown": 404,
            "not reported": True,
            "failed": "RuntimeError",
            "listed": [["loan-1", "TELEMETRY"]],
            "pages": 1,
            "types": ["chat", "loan"],
            "history": [[1, 500.0], [2, 600.0]],
            "funnel": 1.0,
            "job": 600.0,
            "economics": 10,
            "worth": 8,
            "undeclared": "0.key",
            "calls": {"transactions": [], "totalCount": 0},
        }

        def cost() -> float:
            status, body = server.call(
                "GET", "/profitstream/v2/api/jobs/loan-1/roi", server.line["writeKey"]
            )
            assert status == 200
            return float(body["totalCost"])

        eventually(lambda: abs(cost() - CALL) < 1e-12)
