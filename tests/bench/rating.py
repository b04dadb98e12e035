"""Ratings a second on one core: ours, genai-prices' and litellm's arithmetic, over the same calls
in the same run."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import genai_prices

from chalicelib.kit.clock import day_start, parse_instant
from chalicelib.kit.money import to_usd
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from chalicelib.pricing.team import TeamModel, TeamPrices, TokenPrices, UnitPrice
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
    """Rate a month of demo calls; the peers' totals stand beside, so that nobody is fast by doing
    less."""
    usages = [_usage(body) for body in demo_calls(day_start("2026-11-22"), 30)]
    prices = book()
    priced = [usage for usage in usages if _is_listed(usage)]
    ours = _rate_of(lambda: [rate(usage, prices) for usage in usages], len(usages))
    some = priced[::_PEERS_SHARE]
    total = sum((to_usd(rate(usage, book()).cost or 0) for usage in some), Decimal(0))
    theirs: list[Decimal] = []
    genai = _rate_of(
        lambda: theirs.append(sum((_genai(usage) for usage in some), Decimal(0))), len(some)
    )
    rows = [
        _row("rating", ours, "completions, one core, look-up in the book included"),
        *_kinds(usages),
        Row(
            "… genai-prices",
            f"{genai:,.0f} a second, {ours / genai:.0f} times slower",
            note=f"its total ${theirs[0]:.6f}, ours ${total:.6f}",
        ),
    ]
    return [*rows, _litellm(some, ours)]


def _is_listed(usage: Usage) -> bool:
    """Whether a call is priced as the peers' lists say: we correct some of their prices."""
    rating = rate(usage, book())
    return rating.cost is not None and not (rating.price_version or "").startswith("corrections")


def _row(what: str, speed: float, note: str) -> Row:
    return Row(what, f"{speed:,.0f} a second", f"≥ {_GOAL:,}", speed >= _GOAL, note)


_BILLED: Sequence[tuple[str, dict[str, Any]]] = (
    ("audio by the minute", {"model": "whisper-1", "kind": "AUDIO", "seconds": Decimal("12.5")}),
    (
        "audio by the character",
        {"model": "tts-1", "kind": "AUDIO", "characters": 110, "unit": "PER_CHARACTER"},
    ),
    (
        "audio by the token",
        {
            "model": "gpt-audio",
            "kind": "AUDIO",
            "input": 500,
            "output": 90,
            "audio_input": 400,
            "audio_output": 50,
        },
    ),
    (
        "images by resolution",
        {
            "model": "dall-e-3",
            "kind": "IMAGE",
            "images": 2,
            "resolution": "1024x1024",
            "quality": "hd",
        },
    ),
    (
        "images by the megapixel",
        {
            "provider": "AZURE",
            "model": "flux.2-flex",
            "kind": "IMAGE",
            "images": 1,
            "resolution": "2048x1024",
        },
    ),
    (
        "video by the second",
        {"model": "sora-2", "kind": "VIDEO", "seconds": Decimal(8), "resolution": "1280x720"},
    ),
    (
        "video by the credit",
        {
            "provider": "RUNWAY",
            "model": "gen4_turbo",
            "kind": "VIDEO",
            "credits": Decimal(25),
            "unit": "CREDITS",
        },
    ),
)
_CALLS = 20_000


def _kinds(completions: Sequence[Usage]) -> list[Row]:
    """Every way to be billed, by the list and by a team's own prices of the same models."""
    plain, team = book(), _team()
    speed = _rate_of(lambda: [rate(usage, team) for usage in completions], len(completions))
    rows = [_row("… completions of a team with prices", speed, "one of the models is its own")]
    for what, said in _BILLED:
        usage = Usage(**{"provider": "OPENAI", "instant": day_start("2026-11-22"), **said})
        usages = [replace(usage, instant=usage.instant + number) for number in range(_CALLS)]
        listed = _rate_of(lambda calls=usages: [rate(usage, plain) for usage in calls], _CALLS)
        own = _rate_of(lambda calls=usages: [rate(usage, team) for usage in calls], _CALLS)
        rows += [
            _row(f"… {what}", listed, "list price"),
            _row(f"… {what}, team", own, "the team's own price"),
        ]
    return rows


def _team() -> TeamPrices:
    """A team with a price of its own for every call of the bench, dated ones among them."""
    billion, million = 10**9, 10**6
    token = TokenPrices(None, billion, 4 * billion, billion, billion, billion)
    later = replace(token, since=day_start("2026-11-10"))
    units = [
        UnitPrice(
            id="d",
            version=1,
            provider=provider,
            name=name,
            unit=unit,
            modality=kind,
            cost_type="AI",
            price=million * million,
            since=since,
        )
        for (provider, name), unit, kind in (
            (("OPENAI", "whisper-1"), "PER_MINUTE", "AUDIO"),
            (("OPENAI", "tts-1"), "PER_CHARACTER", "AUDIO"),
            (("OPENAI", "gpt-audio"), "PER_TOKEN", "AUDIO"),
            (("OPENAI", "dall-e-3"), "PER_IMAGE", "IMAGE"),
            (("AZURE", "flux.2-flex"), "PER_IMAGE", "IMAGE"),
            (("OPENAI", "sora-2"), "PER_SECOND", "VIDEO"),
            (("RUNWAY", "gen4_turbo"), "CREDITS", "VIDEO"),
        )
        for since in (None, day_start("2026-11-20"))
    ]
    return TeamPrices(book(), [TeamModel("m", 1, "OPENAI", "gpt-4o", (token, later))], units)


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
        input=body["inputTokenCount"],
        output=body["outputTokenCount"],
        cache_read=body["cacheReadTokenCount"],
        cache_creation=body["cacheCreationTokenCount"],
    )


def _gross(usage: Usage) -> int:
    """All input tokens, as the peers want them: clients send Claude's cache reads beside the input,
    others' in it."""
    beside = usage.cache_read if "claude" in usage.model else 0
    return usage.input + beside + usage.cache_creation


def _genai(usage: Usage) -> Decimal:
    provider, model = (
        ("azure", usage.model.split("/")[1])
        if usage.provider == "LITELLM"
        else (usage.provider, usage.model)
    )
    counts = genai_prices.Usage(
        input_tokens=_gross(usage),
        output_tokens=usage.output,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_creation,
    )
    when = datetime.fromtimestamp(usage.instant / 1_000, UTC)
    return genai_prices.calc_price(
        counts, model, provider_id=provider, genai_request_timestamp=when
    ).total_price


def _litellm(usages: Sequence[Usage], ours: float) -> Row:
    """LiteLLM in a virtual environment of its own (it brings sixty packages), made on the first
    run."""
    python = _VENV / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run(
                [sys.executable, "-m", "venv", str(_VENV)], check=True, capture_output=True
            )
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
            [str(python), str(script)],
            input=json.dumps(calls),
            text=True,
            check=True,
            capture_output=True,
            timeout=300,
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
