"""Packed bodies: read as they were written, small enough for one write unit, and readable for
ever."""

import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.packing import pack, unpack


@given(st.text())
def test_what_is_packed_can_be_unpacked(body: str) -> None:
    assert unpack(pack(body)) == body


def test_what_earlier_releases_packed_can_be_read() -> None:
    assert unpack(zlib.compress(b'{"event_id":"a"}')) == '{"event_id":"a"}'


def test_the_dictionary_never_changes() -> None:
    """Written with the first dictionary; whoever changes it can no longer read this, nor any stored
    event."""
    assert (
        unpack(bytes.fromhex(OLD))
        == '{"event_id":"0f","version":1,"deleted":false,"cost_nano":210000}'
    )


def test_a_usual_event_takes_one_write_unit() -> None:
    row = {
        "event_id": "144569264a18327ffe9464a9ffbc5a91", "version": 1, "deleted": False,
        "received_at": 1795384837168,
        "api_key_id": "90e2014b5174", "transaction_id": "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz01",
        "channel": "REST",
        "requested_at": 1795384835168, "responded_at": 1795384836168,
        "first_token_at": 1795384835568,
        "operation_type": "CHAT", "duration_ms": 1000, "input_tokens": 1834, "output_tokens": 271,
        "total_tokens": 2105, "is_streamed": True, "stop_reason": "END", "cost_type": "AI",
        "provider": "OPENAI",
        "model": "gpt-4o-2024-08-06", "model_source": "OPENAI", "task_type": "answer-ticket",
        "trace_id": "support-9f3b2c1d77", "trace_name": "Ticket 48291", "environment": "production",
        "region": "eu-central-1", "middleware_source": "PYTHON", "organization": "Halden Logistics",
        "organization_id": "x7GkQ2a", "product": "Helpdesk", "product_id": "B3fV9Lm",
        "agent": "support-copilot",
        "subscriber_id": "w8TzR4c", "subscriber": "ida",
        "subscriber_email": "ida@halden-logistics.example",
        "credential_id": "p2NqY6d", "credential": "checkout service",
        "job_id": "invoice-run-2026-11-24-0007",
        "price_status": "PRICED", "price_source": "BOOK", "price_version": "genai-prices-0.2.3",
        "cost_nano": 7295000,
        "input_cost_nano": 4585000, "output_cost_nano": 2710000, "cache_read_cost_nano": 0,
        "cache_creation_cost_nano": 0, "cost_source": "revenium_metered", "kind": "COMPLETION",
    }  # fmt: skip
    assert len(pack(json.dumps(row, separators=(",", ":")))) < 800


OLD = "0143b1c9208d805d4849c6c8d000086a01"
