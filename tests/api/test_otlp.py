"""The operations of OTLP: every recording is stored as it should be, errors in both encodings,
keys, retries."""

import base64
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from chalicelib.identity import key_service
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.errors import Throttled
from chalicelib.kit.http.bodies import JSON, PROTOBUF
from chalicelib.kit.http.messages import Request, Response
from chalicelib.kit.ids import event_id
from chalicelib.metering.prompts import prompts_of
from chalicelib.metering.untold import REFUSED, UNUSED, read_untold
from tests.metering.test_prompts import allow
from tests.otlp.exports import as_json, as_protobuf, log, logs, metrics, span, traces
from tests.support.bodies import completion
from tests.support.client import Answer, Client

BASE = "/meter/v2/otlp"
TRACES, LOGS, METRICS = (f"{BASE}/v1/{signal}" for signal in ("traces", "logs", "metrics"))
WIRE = Path(__file__).parents[1] / "wire"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
"""For what no adapter has a part in."""
CLAUDE = {
    "model": "claude-opus-4-5-20251101",
    "input_tokens": 100,
    "output_tokens": 50,
    "session.id": "s",
}


def stored(client: Client, kind: str, identity: str) -> dict[str, Any]:
    """The row of an event."""
    event = event_id(client.installed.team, kind, identity)
    return json.loads(client.world.events.get(client.installed.team, [event])[event].body)


def recorded(client: Client, name: str) -> Answer:
    """The answer to what a client sent once."""
    request = json.loads((WIRE / f"{name}.json").read_text())["request"]
    body = (
        base64.b64decode(request["body_base64"])
        if "body_base64" in request
        else json.dumps(request["json"]).encode()
    )
    accept = next(
        value for header, value in request["headers"].items() if header.lower() == "accept"
    )
    kind = next(
        value for header, value in request["headers"].items() if header.lower() == "content-type"
    )
    return client.post(request["path"], body, content_type=kind, accept=accept)


def raw(client: Client, path: str, body: bytes, **headers: str) -> Response:
    """An answer that is no JSON: the client's own check of answers cannot read it."""
    given = {"x-api-key": client.key, "content-type": PROTOBUF, "accept": PROTOBUF}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return client.dispatch(
        Request(
            "POST", path, {name: value for name, value in given.items() if value}, (), body, "r"
        )
    )


def test_a_recorded_span_is_stored_with_the_right_fields(client: Client) -> None:
    answer = recorded(client, "04_otlp_python_traces_genai_client_span")
    assert (answer.status, answer.json["resourceType"], answer.json["processedEvents"]) == (
        200,
        "traces",
        1,
    )
    row = stored(client, "COMPLETION", "chatcmpl-otlp-1")
    expected = {
        "kind": "COMPLETION",
        "channel": "OTLP",
        "transaction_id": "f5aca114f729dee2",
        "provider": "openai",
        "trace_id": "56cfec60e55b2d46f13741ec46501ff1",
        "parent_transaction_id": "0886c707c10e6e77",
        "model": "gpt-4o-2024-08-06",
        "operation_type": "CHAT",
        "stop_reason": "END",
        "input_tokens": 95,
        "output_tokens": 20,
        "cache_read_tokens": 30,
        "cache_creation_tokens": 5,
        "total_tokens": 120,
        "requested_at": 1795384837098,
        "responded_at": 1795384837108,
        "duration_ms": 10,
        "is_streamed": True,
        "organization": "AcmeCorp",
        "product": "chatbot",
        "subscriber": "u1",
        "subscriber_email": "dev@acme.com",
        "agent": "planner",
        "task_type": "plan",
        "trace_name": "My trace",
        "job_id": "job-9",
        "squad_id": "sq1",
        "retry_number": 1,
        "middleware_source": "mlflow",
        "environment": "prod",
        "region": "us-east-1",
        "price_status": "PRICED",
        "cost_source": "revenium_metered",
    }
    assert {name: row.get(name) for name in expected} == expected
    assert json.loads(row["extras"]) == {"responseId": "chatcmpl-otlp-1", "temperature": 0.2}


def test_a_recorded_claude_code_request_is_stored_with_the_right_fields(client: Client) -> None:
    answer = recorded(client, "04_otlp_python_logs_claude_code_api_request")
    assert (answer.status, answer.json["resourceType"], answer.json["processedEvents"]) == (
        200,
        "logs",
        1,
    )
    row = stored(client, "COMPLETION", "req_011")
    expected = {
        "transaction_id": "req_011",
        "provider": "ClaudeCode",
        "model": "claude-opus-4-5-20251101",
        "input_tokens": 100,
        "output_tokens": 50,
        "cache_read_tokens": 1000,
        "cache_creation_tokens": 500,
        "duration_ms": 2345,
        "responded_at": 1795384837168,
        "organization": "AcmeCorp",
        "product": "mobile-app",
        "agent": "claude-code",
        "subscriber_email": "dev@acme.com",
        "trace_id": "5345477c-26de-46ed-8eb1-d1deea0ee61f",
        "stated_cost_nano": 12_300_000,
        "price_status": "PRICED",
        "cost_source": "coding_assistant",
        "assistant": "CLAUDE_CODE",
    }
    assert {name: row.get(name) for name in expected} == expected
    assert row["cost_nano"] != row["stated_cost_nano"]
    assert json.loads(row["extras"])["subscriptionTier"] == "max_5x"


@pytest.mark.parametrize(
    ("name", "signal", "processed"),
    [
        ("04_otlp_python_logs_claude_code_user_prompt", "logs", 0),
        ("08_cli_node_claude_code_backfill", "logs", 1),
        ("08_cli_node_claude_code_test", "logs", 0),
        ("08_cli_node_gemini_cli_test", "logs", 0),
    ],
)
def test_the_other_recordings_are_accepted(
    client: Client, name: str, signal: str, processed: int
) -> None:
    answer = recorded(client, name)
    assert answer.status == 200
    assert set(answer.json) == {"id", "resourceType", "processedEvents", "created"}
    assert (answer.json["resourceType"], answer.json["processedEvents"]) == (signal, processed)


def test_metrics_of_tokens_are_taken_and_that_they_are_not_counted_is_told(client: Client) -> None:
    answer = recorded(client, "04_otlp_python_metrics_claude_code")
    assert (answer.status, answer.json["processedEvents"]) == (200, 0)
    told = answer.json["partialSuccess"]
    assert (told["rejectedDataPoints"], told["errorMessage"][:25]) == (
        0,
        "metrics of tokens and cos",
    )
    for encode, kind in ((as_json, "application/json"), (as_protobuf, PROTOBUF)):
        export = metrics(2)
        answer = client.post(METRICS, encode(export), content_type=kind)
        assert b"not counted" in answer.body
        (told,) = export["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
        told["name"] = "http.server.request.duration"
        answer = client.post(METRICS, encode(export), content_type=kind)
        assert b"not counted" not in answer.body
    assert ("metric", 6) in read_untold(client.world, client.installed.team)


def test_a_resent_batch_is_acknowledged_alike_and_stored_once(client: Client) -> None:
    body = as_protobuf(traces(span(1), span(2), span(3, {"gen_ai.operation.name": "execute_tool"})))
    answers = [client.post(TRACES, body, content_type=PROTOBUF) for _ in range(2)]
    assert [answer.json["processedEvents"] for answer in answers] == [2, 2]
    team = client.installed.team
    for kind, identity in (
        ("COMPLETION", f"{1:016x}"),
        ("TOOL", "56cfec60e55b2d46f13741ec46501ff1" + f"{3:016x}"),
    ):
        assert len(client.world.events.history(team, event_id(team, kind, identity))) == 1


def test_a_call_told_by_the_middleware_and_by_a_span_is_one(client: Client) -> None:
    told = span()["attributes"] | {"gen_ai.response.id": "chatcmpl-B1"}
    client.post("/meter/v2/ai/completions", completion(1, transactionId="chatcmpl-B1"))
    assert client.post(TRACES, as_json(traces(span(1, told)))).json["processedEvents"] == 1
    assert stored(client, "COMPLETION", "chatcmpl-B1")["channel"] == "REST"


def test_a_cost_alone_is_stored_and_not_taken_for_ours(client: Client) -> None:
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
    told |= {"gen_ai.provider.name": "openai", "gen_ai.usage.cost": 0.25}
    cut = {"gen_ai.operation.name": "chat", "langfuse.observation.usage_details": '{"input": 1, "'}
    answer = client.post(TRACES, as_json(traces(span(1, told), span(2, cut))))
    assert (answer.status, answer.json["processedEvents"]) == (200, 1)
    assert answer.json["partialSuccess"]["rejectedSpans"] == 1
    assert answer.json["partialSuccess"]["errorMessage"].startswith("spans[1]: it tells of used")
    row = stored(client, "COMPLETION", f"{1:016x}")
    assert row["stated_cost_nano"] == 250_000_000
    assert (row["price_status"], row["unpriced_reason"]) == ("UNPRICED", "NO_QUANTITY")


def test_bad_records_are_refused_and_the_good_ones_stored(client: Client) -> None:
    bad = span(1, span()["attributes"] | {"gen_ai.usage.input_tokens": -1})
    answer = client.post(TRACES, as_json(traces(bad, span(2))))
    assert (answer.status, answer.json["processedEvents"]) == (200, 1)
    assert answer.json["partialSuccess"]["rejectedSpans"] == 1
    assert answer.json["partialSuccess"]["errorMessage"].startswith(
        "spans[0]: gen_ai.usage.input_tokens must lie"
    )
    assert stored(client, "COMPLETION", f"{2:016x}")
    lines = client.post(LOGS, as_json(logs(log(CLAUDE | {"output_tokens": -1}))))
    assert lines.json["partialSuccess"]["rejectedLogRecords"] == 1


@LOCAL
def test_who_accepts_protobuf_is_answered_in_it(client: Client) -> None:
    good = raw(client, TRACES, as_protobuf(traces(span(1))))
    assert (good.status, good.content_type, good.body) == (200, PROTOBUF, b"")
    bad = raw(
        client,
        TRACES,
        as_protobuf(traces(span(1, span()["attributes"] | {"gen_ai.usage.input_tokens": -1}))),
    )
    told = ExportTraceServiceResponse.FromString(bad.body).partial_success
    assert (told.rejected_spans, told.error_message[:8]) == (1, "spans[0]")
    lines = raw(client, LOGS, as_protobuf(logs(*[log(CLAUDE | {"output_tokens": -1})] * 300)))
    assert (
        ExportLogsServiceResponse.FromString(lines.body).partial_success.rejected_log_records == 300
    )


@LOCAL
@pytest.mark.parametrize("path", [TRACES, LOGS, METRICS, BASE])
@pytest.mark.parametrize(
    ("kind", "accept", "answered"),
    [
        (PROTOBUF, "", PROTOBUF),
        (PROTOBUF, "*/*", PROTOBUF),
        (PROTOBUF, PROTOBUF, PROTOBUF),
        (PROTOBUF, JSON, JSON),
        (PROTOBUF, f"{JSON}, {PROTOBUF}", PROTOBUF),
        (JSON, "", JSON),
        (JSON, PROTOBUF, PROTOBUF),
    ],
)
def test_errors_come_in_the_encoding_of_a_good_answer(
    client: Client, path: str, kind: str, accept: str, answered: str
) -> None:
    answer = raw(client, path, b"\xff\xff\xff", content_type=kind, accept=accept)
    assert (answer.status, answer.content_type) == (400, answered)
    unknown = raw(client, path, b"", x_api_key="nobody", content_type=kind, accept=accept)
    assert (unknown.status, unknown.content_type) == (401, answered)
    if answered == PROTOBUF:
        assert answer.body[:3] == b"\x08\x03\x12"
        assert (b"no protobuf" in answer.body) is (kind == PROTOBUF)
        assert unknown.body[:2] == b"\x08\x10"
    else:
        assert json.loads(answer.body)["code"] == "VALIDATION_ERROR"


@LOCAL
def test_a_value_that_nests_too_deep_is_named(client: Client) -> None:
    deep: list[Any] = []
    for _ in range(60):
        deep = [deep]
    export = traces(span(1, span()["attributes"] | {"deep": deep}))
    refused = client.post(TRACES, as_protobuf(export), content_type=PROTOBUF)
    assert (refused.status, b"nests more than 45 values" in refused.body) == (400, True)


@LOCAL
def test_bodies_are_read_packed_and_by_what_they_are(client: Client) -> None:
    body = as_json(traces(span(1)))
    assert (
        client.post(TRACES, gzip.compress(body), content_encoding="gzip").json["processedEvents"]
        == 1
    )
    for kind, each in (
        ("", body),
        ("", as_protobuf(traces(span(1)))),
        ("application/json; charset=utf-8", body),
    ):
        answer = client.post(TRACES, each, content_type=kind)
        assert (answer.status, answer.json["processedEvents"]) == (200, 1)
    assert client.post(TRACES, body, content_type="text/csv").status == 415
    assert client.post(TRACES, body, accept="").json["processedEvents"] == 1
    limit = client.world.settings.body_limit_bytes
    assert client.post(TRACES, gzip.compress(b" " * (limit + 1))).status == 413
    assert client.post(TRACES, as_json(traces(*[span(1, {})] * 10_001))).status == 413


@LOCAL
@pytest.mark.parametrize(
    "path",
    [
        TRACES,
        "/v2/otlp/v1/traces",
        BASE,
        TRACES + "/",
        "/v2/otlp/v1/logs",
        LOGS,
        "/meter/v2/ai/otlp/v1/logs",
        METRICS,
        "/v2/otlp/v1/metrics",
    ],
)
def test_every_path_answers_itself(client: Client, path: str) -> None:
    for body, kind in ((b"{}", "application/json"), (b"", PROTOBUF)):
        answer = client.post(path, body, content_type=kind)
        assert (answer.status, answer.json["processedEvents"]) == (200, 0)


@LOCAL
def test_all_signals_in_one_request(client: Client) -> None:
    everything = traces(span(1)) | logs(log(CLAUDE)) | metrics(2)
    answer = client.post(BASE, as_json(everything))
    assert (answer.json["resourceType"], answer.json["processedEvents"]) == ("traces", 2)
    for export, signal in (
        (traces(span(1)), "traces"),
        (logs(log(CLAUDE)), "logs"),
        (metrics(1), "metrics"),
    ):
        answer = client.post(BASE, as_protobuf(export), content_type=PROTOBUF)
        assert answer.json["resourceType"] == signal


def test_keys_are_looked_for_in_the_headers_and_then_in_the_resource(client: Client) -> None:
    tenant, team = client.installed.tenant, client.installed.team
    _, reader = key_service.create_key(client.world, tenant, team, "r", KeyKind.READ)
    export = logs(
        log(CLAUDE), resource={"service.name": "gemini-cli", "revenium.api_key": client.key}
    )
    for body, kind in (
        (as_json(export), "application/json"),
        (as_protobuf(export), PROTOBUF),
        (as_json(export), ""),
    ):
        answer = client.post(LOGS, gzip.compress(body), content_type=kind, x_api_key="")
        assert answer.status == 200
    assert client.key.encode() not in answer.body
    bearer = {"x_api_key": "", "authorization": f"Bearer {client.key}"}
    assert client.post(LOGS, as_json(logs(log(CLAUDE))), **bearer).status == 200
    assert client.post(LOGS, as_json(export), x_api_key=reader).status == 403
    assert (
        client.post(
            LOGS, as_json(logs(log(CLAUDE), resource={"revenium.api_key": reader})), x_api_key=""
        ).status
        == 403
    )
    for nobody in (logs(log(CLAUDE)), logs(log(CLAUDE), resource={"revenium.api_key": "nonsense"})):
        assert client.post(LOGS, as_json(nobody), x_api_key="").status == 401
    assert client.post("/meter/v2/ai/completions", as_json(export), x_api_key="").status == 401


@LOCAL
def test_the_key_of_a_resource_is_never_stored(client: Client) -> None:
    export = logs(
        log(CLAUDE | {"request_id": "r"}),
        resource={"service.name": "x", "revenium.api_key": client.key},
    )
    export["resourceLogs"][0]["resource"]["service.name"] = "gemini-cli"
    assert client.post(LOGS, as_json(export), x_api_key="").status == 200
    assert client.key not in json.dumps(stored(client, "COMPLETION", "r"))


@LOCAL
def test_a_store_that_throttles_is_a_503_that_exporters_retry(client: Client) -> None:
    class Full:
        def append(self, team: str, records: Any) -> list[bool]:
            raise Throttled("the table is throttling")

    full = Client(replace(client.world, events=Full()), client.installed)
    answer = full.post(TRACES, as_json(traces(span(1))))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    packed = raw(full, TRACES, as_protobuf(traces(span(1))))
    assert (packed.status, packed.headers["Retry-After"], packed.body[:2]) == (
        503,
        "1",
        b"\x08\x0e",
    )


def test_a_tool_call_is_a_tool_event(client: Client) -> None:
    told = {"tool.id": "web-search", "duration_ms": 7, "success": True, "transaction_id": "t-1"}
    answer = client.post(LOGS, as_json(logs(log(told, "tool.call"), scope="tool_metering")))
    assert answer.json["processedEvents"] == 1
    row = stored(client, "TOOL", "t-1")
    assert (row["tool_id"], row["is_success"], row["channel"]) == ("web-search", True, "OTLP")


def test_the_tree_of_a_trace_is_stored_beside_its_calls(client: Client) -> None:
    agent = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "openai",
        "gen_ai.agent.name": "boss",
    }
    answer = client.post(TRACES, as_json(traces(span(1, agent), span(2, parentSpanId=f"{1:016x}"))))
    assert answer.json["processedEvents"] == 1
    trace = "56cfec60e55b2d46f13741ec46501ff1"
    row = stored(client, "AGENT", trace + f"{1:016x}")
    assert (row["kind"], row["agent"], row["trace_id"]) == ("AGENT", "boss", trace)
    assert stored(client, "COMPLETION", f"{2:016x}")["agent"] == "boss"


def test_usage_that_is_not_understood_is_answered_and_counted(client: Client) -> None:
    told = span(1, {"acme.prompt_tokens": 5})
    answer = client.post(TRACES, as_json(traces(told)))
    assert (answer.status, answer.json["processedEvents"]) == (200, 0)
    assert answer.json["partialSuccess"]["rejectedSpans"] == 1
    bad = client.post(TRACES, as_json(traces(span(1, {"gen_ai.usage.input_tokens": -1}))))
    assert bad.json["partialSuccess"]["rejectedSpans"] == 1
    team = client.installed.team
    assert dict(read_untold(client.world, team)) == {UNUSED: 1, REFUSED: 1}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1), (1, 0, 2)])
def test_a_call_whose_id_only_a_span_around_it_tells_is_one(
    client: Client, order: tuple[int, ...]
) -> None:
    allow(client, promptCaptureEnabled=True)
    told = span()["attributes"]
    identity = {"gen_ai.response.id": "chatcmpl-9f4e4e8d085945be"}
    texts = {"gen_ai.output.messages": "an answer"}
    spans = [
        span(3, told | texts, parentSpanId=f"{2:016x}"),
        span(2, told | identity, parentSpanId=f"{1:016x}"),
        span(1, {"http.request.method": "POST"}),
    ]
    for place in order:
        assert client.post(TRACES, as_json(traces(spans[place]))).status == 200
    told_later = completion(1, transactionId="chatcmpl-9f4e4e8d085945be", organizationName="Acme")
    client.post("/meter/v2/ai/completions", told_later)
    row = stored(client, "COMPLETION", "chatcmpl-9f4e4e8d085945be")
    assert (row["organization"], row["deleted"]) == ("Acme", False)
    assert stored(client, "COMPLETION", f"{3:016x}")["deleted"]
    kept = prompts_of(client.world, client.installed.team, row["event_id"])
    assert kept
    assert kept.output


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_call_takes_the_customer_that_a_span_around_it_names(
    client: Client, order: tuple[int, ...]
) -> None:
    told = span()["attributes"]
    whose = {"revenium.organization.name": "Acme", "gen_ai.agent.name": "bot"}
    asked = {"gen_ai.request.model": "my-deployment"}
    spans = [
        span(3, told | asked | {"gen_ai.response.model": "gpt-4o-mini"}, parentSpanId=f"{2:016x}"),
        span(2, told | asked | whose, parentSpanId=f"{1:016x}"),
    ]
    for place in order:
        assert client.post(TRACES, as_json(traces(spans[place]))).status == 200
    row = stored(client, "COMPLETION", f"{3:016x}")
    assert (row["organization"], row["agent"], row["deleted"]) == ("Acme", "bot", False)
    assert row["price_status"] == "PRICED"
    assert stored(client, "COMPLETION", f"{2:016x}")["deleted"]
