"""What a million events cost at list price, from the AWS calls that an operation makes once its
names are known.

Time in Lambda is not measured here, where moto stands for DynamoDB: it is taken as 10 ms a request
of one record, and as 1 ms a record of a batch, on the 1 GB that the function has.
"""

import gzip
import json
from typing import Any

import pytest

from chalicelib.budgets.following import follow, renew_sets
from chalicelib.budgets.settling import settle
from chalicelib.kit.clock import MINUTE, SECOND
from chalicelib.kit.ids import event_id
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.world import World
from tests.conftest import NOON
from tests.support import aws
from tests.support.bill import GATEWAY, GB_SECOND, INVOCATION, billed
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

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


def make_rules(client: Client, rules: int) -> None:
    """Cost controls of all calls, and of single agents by customer."""
    for number in range(rules):
        rule = {"name": f"rule {number}", "metricType": "TOTAL_COST", "windowType": "DAILY",
                "action": "BLOCK", "hardLimit": 10_000 + number}  # fmt: skip
        if number:
            rule["filters"] = [{"dimension": "AGENT", "operator": "IS", "value": f"a{number}"}]
            rule["groupBy"] = "ORGANIZATION"
        assert client.post("/profitstream/v2/api/ai/cost-controls", rule).status == 200


def call(number: int) -> dict[str, Any]:
    """One of many calls, of three agents and ten customers."""
    names = {"agent": f"a{number % 3}", "organizationName": f"Customer {number % 10}"}
    return completion(number, transactionId=f"t{number}", totalCost=0.01, **{**FULL, **names})


def reserve(client: Client, number: int) -> None:
    names = {"agent": f"a{number % 3}", "organizationName": f"Customer {number % 10}"}
    body = {"transactionId": f"t{number}", "provider": "openai", "model": "gpt-4o-mini",
            "inputTokenCount": 1_000, "maxOutputTokenCount": 500, **FULL, **names}  # fmt: skip
    answer = client.post("/v2/api/ai/reservations", body)
    assert (answer.status, answer.json["decision"]) == (200, "ALLOW")


def metered(world: World, client: Client, numbers: range) -> FeedBatch:
    """Calls as the stream tells them, in one batch."""
    for number in numbers:
        assert client.post("/meter/v2/ai/completions", call(number)).status == 201
    team = client.installed.team
    ids = [event_id(team, "COMPLETION", f"t{number}") for number in numbers]
    events = [world.events.get(team, [identity])[identity] for identity in ids]
    positions = [f"{number:09}" for number in numbers]
    return FeedBatch("shard", positions[0], positions[-1], events, positions)


@pytest.fixture
def budgeted(aws_world: World, clock: Clock, client: Client) -> Client:
    """Two budgets that block; two of three calls fall under one of them, the third under both."""
    make_rules(client, 2)
    clock.move(10 * SECOND)
    return client


@pytest.mark.parametrize(
    ("mode", "reads", "ending", "usd_a_million"),
    [
        # Whether it was made before, and how the budgets stand.
        ("hot", 2, {"GetItem": 1, "BatchGetItem": 1}, 10.50),
        # The leases too, which also tell how the budgets stand; and which of them hold it.
        ("always", 4, {"GetItem": 1, "BatchGetItem": 31}, 13.00),
    ],
)
def test_a_reservation_and_its_end(
    aws_world: World,
    budgeted: Client,
    mode: str,
    reads: int,
    ending: dict[str, int],
    usd_a_million: float,
) -> None:
    """The door, the function for 10 ms, what stands in the budgets, and the end by the event; the
    counting of the event is another bill."""
    world = aws.leased(aws_world) if mode == "always" else aws_world
    client = Client(world, budgeted.installed)
    for number in range(30):
        reserve(client, number)
    with billed() as bill:
        for number in range(30, 60):
            reserve(client, number)
    # The query tells whether the call was metered already.
    assert bill.calls == {"BatchGetItem": 30 * reads, "Query": 30, "TransactWriteItems": 30}
    rows = [json.loads(event.body) for event in metered(world, client, range(30, 60)).events]
    with billed() as ends:
        assert settle(world, client.installed.team, rows) == 30
    assert ends.calls == {**ending, "TransactWriteItems": 30}
    usd = (bill.usd + ends.usd) / 30 + GATEWAY + INVOCATION + 0.010 * GB_SECOND
    assert usd_a_million * 0.9 <= usd * MILLION <= usd_a_million, usd * MILLION


@pytest.mark.parametrize(
    ("rules", "events", "usd_a_million"),
    [(1, 100, 0.10), (10, 100, 0.62), (10, 1, 12)],
)
def test_a_batch_that_is_counted(
    aws_world: World, clock: Clock, client: Client, rules: int, events: int, usd_a_million: float
) -> None:
    """A batch moves each counter once, and makes the compiled set once, however many calls it
    tells of: what one costs is what a batch costs, by its calls."""
    make_rules(client, rules)
    clock.move(5 * MINUTE)
    renew_sets(aws_world, [client.installed.team])
    batch = metered(aws_world, client, range(100, 100 + events))
    with billed() as bill:
        renew_sets(aws_world, follow(aws_world, batch))
    usd = bill.usd + INVOCATION + (0.1 + 0.001 * events) * GB_SECOND
    assert usd_a_million * 0.8 <= usd / events * MILLION <= usd_a_million, usd / events * MILLION
