"""The SDK's unchanged LiteLLM middleware meters against a real server; LiteLLM itself never leaves
the machine."""

from decimal import Decimal
from pathlib import Path

from tests.clients.applications import columns, ledger, run, totals
from tests.support.patience import eventually
from tests.support.server import Server

GPT_USD = 4 * (Decimal("0.00009") + Decimal("0.00006") + Decimal("0.00003"))
"""600 fresh tokens at $0.15, 100 out at $0.60 and 400 cached at $0.075 a million: three whole
answers and a stream."""
CLAUDE_USD = 2 * (Decimal("0.0015") + Decimal("0.00075") + Decimal("0.0006") + Decimal("0.00135"))
"""500 in at $3, 50 out at $15, 2,000 read at $0.30, 200 written for 5 minutes at $3.75 and 100 for
an hour at $6. LiteLLM adds the cached ones to the prompt; the middleware takes them out again."""
EMBEDDING_USD = Decimal("0.00002")
"""1,000 tokens at $0.02 a million."""
_COUNTS = (
    "operation_type is_streamed input_tokens output_tokens total_tokens cache_read_tokens "
    "cache_creation_tokens"
)


def test_litellm_meters_against_a_laptop(tmp_path: Path, fake_provider: str) -> None:
    with Server(tmp_path / "data") as server:
        run("litellm_calls.py", tmp_path, server.line, fake_provider)
        by_model = {
            "gpt-4o-mini": GPT_USD,
            "claude-sonnet-4-5": CLAUDE_USD,
            "text-embedding-3-small": EMBEDDING_USD,
        }
        eventually(lambda: totals(server.line, "model") == by_model)
        by_agent = {"router": GPT_USD, "planner": CLAUDE_USD, "librarian": EMBEDDING_USD}
        assert totals(server.line, "agent") == by_agent
        assert totals(server.line, "provider") == {
            "LITELLM": sum(by_model.values())
        }  # whoever answered
        assert totals(server.line, "product")["chatbot"] == GPT_USD + CLAUDE_USD
    rows = ledger(tmp_path / "data", "ai_events")
    assert {row["model_source"] for row in rows} == {"LITELLM"}
    by_counts = sorted((row["model"], *columns(row, _COUNTS).values()) for row in rows)
    assert by_counts == [
        *[("claude-sonnet-4-5", "CHAT", False, 500, 50, 2850, 2000, 300)] * 2,
        *[("gpt-4o-mini", "CHAT", False, 1000, 100, 1100, 400, 0)] * 3,
        ("gpt-4o-mini", "CHAT", True, 1000, 100, 1100, 400, 0),
        ("text-embedding-3-small", "EMBED", False, 1000, 0, 1000, 0, 0),
    ]
