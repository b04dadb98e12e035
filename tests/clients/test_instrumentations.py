"""Instrumentations as they are released, unchanged: what they write of a call to a provider that is
not there, and what is kept of it."""

import base64
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.kit.http.bodies import PROTOBUF
from chalicelib.kit.money import NANO
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.drafts import Draft
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.genai import Bounds
from chalicelib.otlp.spans import span_drafts
from infra.local.world import build
from tests.clients.applications import ledger
from tests.support.client import Client

PRICES = {
    "gpt_4o_mini_in": Decimal("0.15"),
    "gpt_4o_mini_cached": Decimal("0.075"),
    "gpt_4o_mini_out": Decimal("0.60"),
    "embedding_3_small": Decimal("0.02"),
    "sonnet_4_5_in": Decimal(3),
    "sonnet_4_5_out": Decimal(15),
    "sonnet_4_5_read": Decimal("0.30"),
    "sonnet_4_5_write_5m": Decimal("3.75"),
    "sonnet_4_5_write_1h": Decimal(6),
}
"""USD a million tokens: openai.com/api/pricing and claude.com/pricing, 2025."""
APPLICATION = Path(__file__).parent / "instrumented_calls.py"
TOLD = ("model", "input_tokens", "output_tokens", "cache_read_tokens")
FOREVER = Bounds(0, 2**53)


def usd(**tokens: int) -> Decimal:
    """What tokens cost by the vendor's own list, in USD: beside our book, to tell whether that and
    all that is between the span and the row are right."""
    return sum((PRICES[name] * number for name, number in tokens.items()), Decimal()) / 1_000_000


CHAT = usd(gpt_4o_mini_in=400, gpt_4o_mini_cached=600, gpt_4o_mini_out=100)
EMBEDDING = usd(embedding_3_small=8)
MESSAGE = usd(
    sonnet_4_5_in=500,
    sonnet_4_5_out=50,
    sonnet_4_5_read=2_000,
    sonnet_4_5_write_5m=200,
    sonnet_4_5_write_1h=100,
)


def export(instrumentation: str) -> bytes:
    """The spans of the calls that the application makes, as they are sent."""
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [sys.executable, APPLICATION, instrumentation],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return base64.b64decode(done.stdout.splitlines()[-1])


def calls(instrumentation: str) -> list[Draft]:
    """What becomes of the calls that the application makes."""
    body = export(instrumentation)
    batch = span_drafts(decode((Signal.TRACES,), PROTOBUF, body).spans, FOREVER)
    assert batch.rejects.number == 0, batch.rejects.message
    return [draft for draft in batch.drafts if draft.table is AI_EVENTS]


@pytest.mark.parametrize("instrumentation", ["openinference", "openllmetry"])
def test_instrumentations_of_the_openai_client(instrumentation: str) -> None:
    chat, embedding = calls(instrumentation)
    assert [chat.row.get(name) for name in TOLD] == ["gpt-4o-mini-2024-07-18", 1_000, 100, 600]
    assert chat.row["provider"].lower() == "openai"
    assert (embedding.row["operation_type"], embedding.row["input_tokens"]) == ("EMBED", 8)


def test_pydantic_ai_counts_the_call_and_not_its_agent() -> None:
    (call,) = calls("pydantic_ai")
    assert [call.row.get(name) for name in TOLD] == ["gpt-4o-mini-2024-07-18", 1_000, 100, 600]
    assert call.identity == "chatcmpl-B7fGxQpL"


def test_litellms_own_callback() -> None:
    (call,) = calls("litellm")
    assert [call.row.get(name) for name in TOLD[1:3]] == [1_000, 100]
    assert call.extras["statedCostSource"] == "gen_ai.cost.total_cost"


def test_anthropics_own_spans() -> None:
    (call,) = calls("anthropic")
    assert [call.row.get(name) for name in TOLD] == ["claude-sonnet-4-5-20250929", 500, 50, 2_000]
    assert call.row["cache_creation_tokens"] == 300
    assert call.row["stop_reason"] == "TOKEN_LIMIT"
    assert call.identity == "msg_01AbCdEfGh"


@pytest.mark.parametrize(
    ("instrumentation", "costs"),
    [
        ("openinference", [CHAT, EMBEDDING]),
        ("openllmetry", [CHAT, EMBEDDING]),
        ("pydantic_ai", [CHAT]),
        ("litellm", [CHAT]),
        ("litellm_async", [CHAT, CHAT, EMBEDDING]),
        ("anthropic", [MESSAGE]),
    ],
)
def test_each_call_costs_what_its_vendor_takes(
    tmp_path: Path, instrumentation: str, costs: list[Decimal]
) -> None:
    client = Client(build(tmp_path / "data"))
    answer = client.post("/meter/v2/otlp", export(instrumentation), content_type=PROTOBUF)
    assert answer.status == 200, answer.body
    rows = ledger(tmp_path / "data", "ai_events")
    assert sorted(Decimal(row["cost_nano"]) / NANO for row in rows) == sorted(costs)
