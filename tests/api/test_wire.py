"""Every recorded request of a real client is accepted, and stored with what it said."""

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.bodies import completion
from tests.support.client import Answer, Client
from tests.support.ledger import stored

WIRE = sorted((Path(__file__).parents[1] / "wire").glob("*.json"))
COLUMNS = {
    "model": "model",
    "provider": "provider",
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "totalTokenCount": "total_tokens",
    "cacheReadTokenCount": "cache_read_tokens",
    "organizationName": "organization",
    "productName": "product",
    "agent": "agent",
    "traceId": "trace_id",
    "agenticJobId": "job_id",
    "taskType": "task_type",
    "stopReason": "stop_reason",
    "errorReason": "error_reason",
    "requestDuration": "duration_ms",
    "durationSeconds": "seconds",
    "characterCount": "characters",
    "actualImageCount": "images",
    "creditsConsumed": "credits",
    "resolution": "resolution",
    "quality": "quality",
    "operationSubtype": "operation_subtype",
    "toolId": "tool_id",
    "operation": "operation",
    "durationMs": "duration_ms",
    "success": "is_success",
    "errorMessage": "error_reason",
    "workflowId": "workflow_id",
    "method": "method",
    "resource": "resource",
    "remoteHost": "remote_host",
    "userAgent": "user_agent",
    "requestMessageSize": "request_bytes",
    "responseCode": "response_code",
    "backendLatency": "backend_latency_ms",
    "gatewayLatency": "gateway_latency_ms",
    "responseMessageSize": "response_bytes",
    "sourceType": "source_type",
    "squadId": "squad_id",
}
"""Wire member → column, of every kind of record."""


JOB = re.compile(r"/profitstream/v2/api/jobs/([^/?]+)")


def make_job(client: Client, job_id: str) -> None:
    """The job that a recording is about, as it came to be: by a call that names it."""
    assert client.post("/meter/v2/ai/completions", completion(agenticJobId=job_id)).status == 201


def replay(client: Client, request: dict[str, Any]) -> Answer:
    """Send what was recorded, but with a key, a team and a tenant of ours."""
    path = (
        request["path"]
        .replace("tm1", client.installed.team)
        .replace("tn1", client.installed.tenant)
    )
    url = urlsplit(path)
    body = base64.b64decode(request["body_base64"]) if "body_base64" in request else b""
    if "json" in request:
        body = json.dumps(request["json"]).encode()
    headers = {
        name.lower().replace("-", "_"): value
        for name, value in request["headers"].items()
        if name.lower()
        not in {"host", "x-api-key", "authorization", "content-length", "connection"}
    }
    return client.send(request["method"], url.path, body, parse_qsl(url.query), headers)


@pytest.mark.parametrize("recording", WIRE, ids=lambda path: path.stem)
def test_what_real_clients_sent_is_accepted(client: Client, recording: Path) -> None:
    request = json.loads(recording.read_text())["request"]
    if named := JOB.match(request["path"]):
        make_job(client, named[1])
    answer = replay(client, request)
    assert 200 <= answer.status < 300, answer.body
    if "/otlp/" in request["path"] or "/jobs" in request["path"] or request["method"] == "GET":
        return
    sent, row = request["json"], stored(client, answer.json["id"])
    assert row["transaction_id"] == sent["transactionId"]
    told = {
        member: value for member, value in sent.items() if member in COLUMNS and value is not None
    }
    assert {member: row[COLUMNS[member]] for member in told} == told
    again = replay(client, request)
    assert again.json["id"] == answer.json["id"]
    assert len(client.world.events.history(client.installed.team, answer.json["id"])) == 1
