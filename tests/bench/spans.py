"""Batches of GenAI spans as exporters send them: 100 spans of 16 to 20 attributes, of which ids,
token counts, users and some texts differ from span to span."""

import json
import secrets
import time
from base64 import b64decode
from collections.abc import Iterator
from random import Random
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SPANS = 100
"""Of one batch."""
_TRACE = 5
"""Spans of one trace."""
_MODELS = (
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gcp.gemini", "gemini-2.5-pro"),
)


def batches(count: int, seed: int = 7) -> Iterator[bytes]:
    """Exports of traces in protobuf, all different: a batch sent twice would be stored once."""
    random = Random(seed)
    return (_batch(random) for _ in range(count))


def as_json(batch: bytes) -> bytes:
    """The same export in OTLP/JSON, whose ids are hexadecimal."""
    told = MessageToDict(ExportTraceServiceRequest.FromString(batch))
    for span in told["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        span |= {
            name: b64decode(span[name]).hex()
            for name in ("traceId", "spanId", "parentSpanId")
            if name in span
        }
    return json.dumps(told).encode()


def _batch(random: Random) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    resource = {
        "service.name": "bench",
        "service.version": "1.0.0",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.language": "python",
        "deployment.environment.name": "bench",
    }
    _put(group.resource.attributes, resource)
    scope = group.scope_spans.add()
    scope.scope.name = "bench"
    now = time.time_ns()
    trace_id, root = b"", b""
    for number in range(SPANS):
        span_id = secrets.token_bytes(8)
        if number % _TRACE == 0:
            trace_id, root = secrets.token_bytes(16), span_id
        start = now - random.randrange(10**9, 10**11)
        span = scope.spans.add(
            trace_id=trace_id,
            span_id=span_id,
            parent_span_id=b"" if span_id == root else root,
            name="chat",
            kind=3,
            start_time_unix_nano=start,
            end_time_unix_nano=start + random.randrange(10**8, 10**10),
        )
        _put(span.attributes, _attributes(random, number))
    data: bytes = request.SerializeToString()
    return data


def _attributes(random: Random, number: int) -> dict[str, Any]:
    provider, model = _MODELS[random.randrange(3)]
    given = random.randrange(500, 9_000)
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.response.id": f"chatcmpl-{secrets.token_hex(12)}",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 4096,
        "gen_ai.usage.input_tokens": given,
        "gen_ai.usage.output_tokens": random.randrange(20, 900),
        "gen_ai.usage.cache_read.input_tokens": random.randrange(given // 2),
        "server.address": "api.example.com",
        "server.port": 443,
        "revenium.organization.name": f"Customer {random.randrange(20)}",
        "revenium.product.name": f"Product {random.randrange(5)}",
        "revenium.agent.name": f"agent-{random.randrange(10)}",
    }
    more = {
        "revenium.subscriber.id": f"user-{random.randrange(200)}",
        "revenium.task.type": "bench",
        "gen_ai.conversation.id": f"conversation-{random.randrange(50)}",
        "revenium.request.stream": True,
    }
    return attributes | dict(list(more.items())[: number % 5])


def _put(target: Any, attributes: dict[str, Any]) -> None:
    for key, value in attributes.items():
        held = target.add(key=key).value
        match value:
            case bool():
                held.bool_value = value
            case int():
                held.int_value = value
            case float():
                held.double_value = value
            case str():
                held.string_value = value
            case list():
                held.array_value.values.add(string_value=value[0])
