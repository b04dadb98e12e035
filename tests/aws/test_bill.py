"""What a million events cost at list price, from the AWS calls that an operation makes once its
names are known.

Time in Lambda is not measured here, where moto stands for DynamoDB: it is taken as 10 ms a request
of one record, and as 1 ms a record of a batch, on the 1 GB that the function has.
"""

import gzip
import json
from typing import Any

import pytest

from chalicelib.kit.clock import SECOND
from chalicelib.ports.world import World
from tests.conftest import NOON
from tests.support.bill import GATEWAY, GB_SECOND, INVOCATION, billed
from tests.support.bodies import completion
from tests.support.client import Client

MILLION = 1_000_000
WRITER_BATCH = 3_000
FULL = {
    "organizationName": "Halden Logistics", "productName": "Helpdesk", "agent": "support-copilot",
    "taskType": "answer",
    "subscriber": {"id": "ida", "email": "ida@halden.example"}, "traceId": "support-9f3b2c1d77",
    "environment": "prod",
    "agenticJobId": "invoice-run-7", "middlewareSource": "PYTHON", "modelSource": "OPENAI",
    "region": "eu-central-1",
}  # fmt: skip


@pytest.fixture
def client(aws_world: World) -> Client:
    client = Client(aws_world)
    assert client.post("/meter/v2/ai/completions", completion(0, **FULL)).status == 201
    return client


def feed_usd(records: int) -> float:
    """The stream's function, for each of `records`: a second a batch on 1.75 GB, and a dozen calls
    of storage."""
    return records * (INVOCATION + 1.75 * GB_SECOND + 12 * 5e-6) / WRITER_BATCH


def test_a_single_completion(client: Client) -> None:
    with billed() as bill:
        assert client.post("/meter/v2/ai/completions", completion(1, **FULL)).status == 201
    assert dict(bill.calls) == {"PutItem": 1}
    usd = bill.usd + GATEWAY + INVOCATION + 0.010 * GB_SECOND + feed_usd(1)
    assert usd * MILLION <= 4.70


def test_an_idempotency_key_is_two_small_writes_more(client: Client) -> None:
    with billed() as bill:
        client.post("/meter/v2/ai/completions", completion(1, **FULL), idempotency_key="k")
    assert dict(bill.calls) == {"PutItem": 3}


def span(number: int, parent: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.id": f"chatcmpl-{number:024d}",
        "gen_ai.usage.input_tokens": 1_834 + number, "gen_ai.usage.output_tokens": 271,
        "gen_ai.request.temperature": 0.2,
        "gen_ai.usage.cache_read_input_tokens": 1_024,
        "revenium.organization.name": "Halden Logistics",
        "revenium.product.name": "Helpdesk", "revenium.subscriber.id": "ida",
        "revenium.agent.name": "support-copilot",
        "revenium.task.type": "answer", "revenium.trace.name": f"Ticket {number}",
        "revenium.squad.id": "back-office",
    }  # fmt: skip
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    return {
        "traceId": f"{number // 4:032x}", "spanId": f"{number + 1:016x}",
        "parentSpanId": parent,
        "name": "chat gpt-4o", "startTimeUnixNano": str((NOON - 2 * SECOND) * MILLION),
        "endTimeUnixNano": str((NOON - SECOND) * MILLION),
        "attributes": [{"key": key,
        "value": {kinds[type(value)]: value}} for key, value in told.items()],
    }  # fmt: skip


AGENT = {"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}


@pytest.mark.parametrize(
    ("parent", "written", "read", "usd_a_million"),
    [
        # The first of each four is an agent's, and the parent of the others: only whether another
        # batch left a note of the trace is looked for.
        ("within", 100, 25, 0.75),
        # A note of each trace, whether others left one, and whether what stands above was stored.
        ("elsewhere", 125, 50, 0.95),
    ],
)
def test_a_batch_of_a_hundred_spans(
    client: Client, parent: str, written: int, read: int, usd_a_million: float
) -> None:
    def parent_of(number: int) -> str:
        if parent == "elsewhere":
            return f"{number // 4 + 1:016x}"
        return f"{number // 4 * 4 + 1:016x}" if number % 4 else ""

    def post(first: int) -> None:
        spans = [span(number, parent_of(number)) for number in range(first, first + 100)]
        if parent == "within":
            for agent in spans[::4]:
                agent["attributes"][0] = AGENT
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
        answer = client.post("/meter/v2/otlp/v1/traces", gzip.compress(body))
        calls = 75 if parent == "within" else 100
        assert (answer.status, answer.json["processedEvents"]) == (200, calls)

    post(0)
    with billed() as bill:
        post(1_000)
    assert dict(bill.calls) == {"PutItem": written, "Query": read}
    usd = bill.usd + GATEWAY + INVOCATION + 0.100 * GB_SECOND + feed_usd(written)
    assert usd / 100 * MILLION <= usd_a_million
