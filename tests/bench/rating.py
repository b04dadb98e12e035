"""Ratings a second on one core: ours, genai-prices' and litellm's arithmetic, over the same calls in the same run."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import genai_prices

from chalicelib.kit.clock import day_start, parse_instant
from chalicelib.kit.money import to_usd
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Usage
from infra.demo.events import demo_calls
from tests.bench.report import Row

_GOAL = 200_000
_ROUNDS = 5
_PEERS_SHARE = 10
"""The peers rate every tenth call: they are slower by that much."""
_VENV = Path(__file__).parents[2] / ".bench-venv"
_LITELLM = "litellm==1.106.2"


def run() -> list[Row]:
    """Rate a month of demo calls; the peers' totals stand beside, so that nobody is fast by doing less."""
    usages = [_usage(body) for body in demo_calls(day_start("2026-11-22"), 30)]
    priced = [usage for usage in usages if rate(usage, book()).cost is not None]
    ours = _rate_of(lambda: [rate(usage, book()) for usage in usages], len(usages))
    some = priced[::_PEERS_SHARE]
    total = sum((to_usd(rate(usage, book()).cost or 0) for usage in some), Decimal(0))
    theirs: list[Decimal] = []
    genai = _rate_of(lambda: theirs.append(sum((_genai(usage) for usage in some), Decimal(0))), len(some))
    rows = [
        Row("rating", f"{ours:,.0f} a second", f"≥ {_GOAL:,}", ours >= _GOAL, "one core, look-up in the book included"),
        Row(
            "… genai-prices",
            f"{genai:,.0f} a second, {ours / genai:.0f} times slower",
            note=f"its total ${theirs[0]:.6f}, ours ${total:.6f}",
        ),
    ]
    return [*rows, _litellm(some, ours)]


def _rate_of(work: Callable[[], object], calls: int) -> float:
    """Calls a second of CPU time, the best of some rounds: the machine has other things to do."""
    seconds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return calls / min(seconds)


def _usage(body: dict[str, Any]) -> Usage:
    return Usage(
        body["provider"],
        body["model"],
        parse_instant(body["requestTime"]),
        body["inputTokenCount"],
        body["outputTokenCount"],
        0,
        body["cacheReadTokenCount"],
        body["cacheCreationTokenCount"],
    )


def _gross(usage: Usage) -> int:
    """All input tokens, as the peers want them: clients send Claude's cache reads beside the input, others' in it."""
    beside = usage.cache_read if "claude" in usage.model else 0
    return usage.input + beside + usage.cache_creation


def _genai(usage: Usage) -> Decimal:
    provider, model = (
        ("azure", usage.model.split("/")[1]) if usage.provider == "LITELLM" else (usage.provider, usage.model)
    )
    counts = genai_prices.Usage(
        input_tokens=_gross(usage),
        output_tokens=usage.output,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_creation,
    )
    when = datetime.fromtimestamp(usage.instant / 1_000, UTC)
    return genai_prices.calc_price(counts, model, provider_id=provider, genai_request_timestamp=when).total_price


def _litellm(usages: Sequence[Usage], ours: float) -> Row:
    """LiteLLM in a virtual environment of its own (it brings sixty packages), made on the first run."""
    python = _VENV / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True, capture_output=True)
            (_VENV / ".gitignore").write_text("*\n", encoding="utf-8")
            pip = [str(python), "-m", "pip", "install", "-q", _LITELLM]
            subprocess.run(pip, check=True, capture_output=True, timeout=600)
        calls = [
            {
                "model": usage.model.removeprefix("us."),
                "custom_llm_provider": _ROUTES.get(usage.provider),
                "prompt_tokens": _gross(usage),
                "completion_tokens": usage.output,
                "cache_read_input_tokens": usage.cache_read,
                "cache_creation_input_tokens": usage.cache_creation,
            }
            for usage in usages
        ]
        script = Path(__file__).with_name("litellm_cost.py")
        done = subprocess.run(
            [str(python), str(script)], input=json.dumps(calls), text=True, check=True, capture_output=True, timeout=300
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return Row("… litellm", "not installed", note=f"{_LITELLM}: {type(error).__name__}")
    answer = json.loads(done.stdout.splitlines()[-1])
    speed = answer["calls"] / answer["seconds"]
    note = f"{_LITELLM}, cost_per_token, knew {answer['calls']:,} of {len(usages):,} calls"
    return Row("… litellm", f"{speed:,.0f} a second, {ours / speed:.0f} times slower", note=note)


_ROUTES = {
    "OPENAI": "openai",
    "ANTHROPIC": "anthropic",
    "Google": "gemini",
    "BEDROCK": "bedrock",
    "MISTRAL": "mistral",
    "GROQ": "groq",
}
