"""The guard and LiteLLM's callback against a real server: calls are held, settled, given back, and
stopped at the limit."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterlake_guard import BudgetExceeded, Guard
from tests.clients.applications import run
from tests.support.patience import eventually
from tests.support.server import Server

RULES = "/profitstream/v2/api/ai/cost-controls"
GONE = "burst has spent it all"
RESERVATIONS = "/v2/api/ai/reservations"


def make_rule(server: Server, limit: float, agent: str) -> None:
    rule = {
        "name": f"a day of {agent}",
        "metricType": "TOTAL_COST",
        "windowType": "DAILY",
        "action": "BLOCK",
        "hardLimit": limit,
        "filters": [{"dimension": "AGENT", "operator": "IS", "value": agent}],
        "denyMessage": f"{agent} has spent it all",
    }
    status, body = server.call("POST", RULES, server.line["writeKey"], rule)
    assert status == 200, body


def read(server: Server, reservation: str) -> dict[str, Any]:
    path = f"{RESERVATIONS}/{reservation}"
    status, body = server.call("GET", path, server.line["meteringKey"])
    assert status == 200, body
    return dict(body if isinstance(body, dict) else json.loads(body))


def test_a_burst_is_stopped_at_the_limit_and_settled_by_its_events(tmp_path: Path) -> None:
    call = {"provider": "openai", "model": "gpt-4o-mini", "agent": "burst"}
    with Server(tmp_path / "data") as server:
        make_rule(server, 0.01, "burst")
        key = server.line["meteringKey"]
        guard = Guard(server.line["url"], key, fail="closed", timeout_ms=30_000)

        def ask(_: int) -> str:
            try:
                return guard.reserve(**call, estimatedCost=Decimal("0.001")).reservation_id
            except BudgetExceeded as error:
                return error.deny_message

        with ThreadPoolExecutor(16) as pool:
            outcomes = list(pool.map(ask, range(40)))
        blocked = outcomes.count(GONE)
        held = [each for each in outcomes if each != GONE]
        assert (len(held), blocked) == (10, 30)
        assert {read(server, each)["state"] for each in held} == {"HELD"}
        guard.meter(**_event(read(server, held[0])["transactionId"], "burst", "0.0004"))
        assert guard.flush(20)
        eventually(lambda: read(server, held[0])["state"] == "SETTLED")
        assert read(server, held[0])["actualCost"] == pytest.approx(0.0004)
        eventually(lambda: used(guard, call) == Decimal("0.0004"))
        with pytest.raises(BudgetExceeded, match=GONE):
            guard.reserve(**call, estimatedCost=Decimal("0.0007"))
        with guard.hold(**call, estimatedCost=Decimal("0.0006")) as last:
            assert last.decision == "ALLOW"
        guard.release(last)
        assert guard.flush(20)
        assert read(server, last.reservation_id)["state"] == "RELEASED"
        assert ask(1) == GONE
        with pytest.raises(KeyError), guard.hold(**call, estimatedCost=Decimal("0.0006")):
            raise KeyError
        assert guard.flush(20)
        assert guard.reserve(**call, estimatedCost=Decimal("0.0006")).decision == "ALLOW"


def used(guard: Guard, call: dict[str, Any]) -> Decimal:
    """Of the budget, as a call is told that takes the least."""
    told = guard.reserve(**call, estimatedCost=Decimal("0.000000001"))
    guard.release(told)
    return Decimal(told.budgets[0]["used"])


def _event(transaction_id: str, agent: str, cost: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "transactionId": transaction_id,
        "agent": agent,
        "model": "gpt-4o-mini",
        "provider": "openai",
        "totalCost": Decimal(cost),
        "inputTokenCount": 1,
        "outputTokenCount": 1,
        "totalTokenCount": 2,
        "requestTime": now,
        "responseTime": now,
        "requestDuration": 1,
        "isStreamed": False,
        "stopReason": "END",
    }


def test_litellm_is_stopped_by_a_budget_of_ours(tmp_path: Path, fake_provider: str) -> None:
    """Each call holds $0.00003 and costs $0.00018."""
    with Server(tmp_path / "data") as server:
        make_rule(server, 0.0003, "router")
        printed = run(
            "guarded_calls.py",
            tmp_path,
            server.line,
            fake_provider,
            METERLAKE_URL=server.line["url"],
            METERLAKE_API_KEY=server.line["meteringKey"],
            CALLS="sync,async,stream,async embedding,positional",
            PAUSE_S="4",
            PYTHONPATH=str(Path(__file__).resolve().parents[2]),
        )
        outcomes = [json.loads(line) for line in printed.splitlines() if line.startswith("[")]
        came = [(name, outcome) for name, outcome, _ in outcomes]
        assert came == [
            ("sync", "ANSWERED"),
            ("async", "ANSWERED"),
            ("stream", "BLOCKED"),
            ("async embedding", "BLOCKED"),
            ("positional", "ANSWERED"),
        ], "the last one is not the router's"
        assert outcomes[2][2] == "router has spent it all"
