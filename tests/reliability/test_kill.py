"""kill -9 right after the last acknowledgement: nothing acknowledged is lost, nothing is counted
twice."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.bodies import completion
from tests.support.patience import eventually
from tests.support.server import COMMAND, ROOT, Server

POSTS = 150
DAY = "2026-11-20"
BODIES = [
    completion(number) | {"requestTime": f"{DAY}T10:00:00Z", "responseTime": f"{DAY}T10:00:01Z"}
    for number in range(2 * POSTS)
]


def post(server: Server, key: str, bodies: list[dict[str, Any]]) -> list[str]:
    answers = [
        server.call(
            "POST",
            "/meter/v2/ai/completions",
            key,
            body,
            **{"Idempotency-Key": body["transactionId"]},
        )
        for body in bodies
    ]
    assert {status for status, _ in answers} == {201}
    return [body["id"] for _, body in answers]


def calls_of(server: Server, key: str) -> float:
    query = f"metricType=count&startDate={DAY}T00:00:00Z&endDate={DAY}T23:59:59.999Z"
    _, report = server.call("GET", f"/api/v2/analytics/cost-by-model-aggregated?{query}", key)
    return sum(item["metrics"][0]["metricResult"] for item in report["_embedded"]["items"])


def test_a_killed_server_has_kept_everything_it_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = Server(folder)
    assert set(first.line) - {"console"} == {"url", "writeKey", "meteringKey", "teamId", "tenantId"}
    key = first.line["writeKey"]
    acknowledged = post(first, key, BODIES[:POSTS])
    first.kill()
    eventually(first.is_silent)

    with Server(folder) as second:
        assert set(second.line) - {"console"} == {"url", "teamId", "tenantId"}
        assert second.line["teamId"] == first.line["teamId"]
        assert post(second, key, BODIES)[:POSTS] == acknowledged
        eventually(lambda: calls_of(second, key) == 2 * POSTS)
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        counts = ledger.execute("SELECT count(*), count(DISTINCT event_id) FROM events").fetchone()
    assert counts == (2 * POSTS, 2 * POSTS)


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    with Server(tmp_path):
        command = [COMMAND, "up", "--port", "0", "--data", tmp_path]
        second = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
        assert second.returncode == 1
        assert "another meterlake serves" in second.stderr
