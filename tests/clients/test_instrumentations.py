"""Instrumentations as they are released, unchanged: what they write of a call to a provider that is
not there, and what is kept of it."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.kit.http.bodies import PROTOBUF
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.drafts import Draft
from chalicelib.otlp.decode import decode
from chalicelib.otlp.forms import Signal
from chalicelib.otlp.genai import Bounds
from chalicelib.otlp.spans import span_drafts

APPLICATION = Path(__file__).parent / "instrumented_calls.py"
TOLD = ("model", "input_tokens", "output_tokens", "cache_read_tokens")
FOREVER = Bounds(0, 2**53)


def calls(instrumentation: str) -> list[Draft]:
    """What becomes of the calls that the application makes."""
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [sys.executable, APPLICATION, instrumentation],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    body = base64.b64decode(done.stdout.splitlines()[-1])
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
