"""Counts in the files of other products: no token is lost, none is charged that was not used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chalicelib.kit.ids import event_id
from chalicelib.metering.rows import usage_of
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.infra.exports import CAMEL_OBSERVATION, SPEND_LOG

Row = Mapping[str, Any]
COUNTS = ("input_tokens", "output_tokens", "total_tokens")
COST = ("price_status", "unpriced_reason", "cost_nano")


def observation(**members: Any) -> Row:
    return CAMEL_OBSERVATION | {"usage": None} | members


def spent(given: object, made: object, total: object, **members: Any) -> Row:
    counts = {"prompt_tokens": given, "completion_tokens": made, "total_tokens": total}
    return SPEND_LOG | {"metadata": {}, "spend": 0} | counts | members


def imported(folder: Path, rows: Mapping[str, Row], name: str) -> tuple[dict[str, Row], str]:
    """The stored events by the name of their row, and what the command said; `name` is the member
    that holds the id."""
    folder.mkdir(exist_ok=True)
    installation(build(folder / "data"))
    file = folder / "calls.jsonl"
    file.write_text("\n".join(json.dumps(row | {name: f"id-{key}"}) for key, row in rows.items()))
    words = ["import", str(file), "--data", str(folder / "data")]
    said = CliRunner().invoke(main, words, catch_exceptions=False).output
    world = build(folder / "data")
    team = installation(world).team
    found: dict[str, Row] = {}
    for key in rows:
        versions = world.events.history(team, event_id(team, "COMPLETION", f"id-{key}"))
        if versions:
            found[key] = json.loads(versions[-1].body)
    return found, said


def facts(row: Row, *names: str) -> tuple[object, ...]:
    return tuple(row.get(name) for name in names or (*COUNTS, *COST))


_UNCLEAR = ("UNPRICED", "UNCLEAR_TOKENS", None)
TOTALS: dict[str, tuple[Row, Row, tuple[object, ...]]] = {
    "the total alone": (
        spent(0, 0, 5_000),
        {"total": 5_000},
        (0, 0, 5_000, *_UNCLEAR),
    ),
    "more than input and output": (
        spent(1_000, 100, 9_000),
        {"input": 1_000, "output": 100, "total": 9_000},
        (1_000, 100, 9_000, *_UNCLEAR),
    ),
    "input, and no output but in the total": (
        spent(1_000, 0, 5_000),
        {"input": 1_000, "total": 5_000},
        (1_000, 0, 5_000, "PRICED", None, 1_000 * 150 + 4_000 * 600),
    ),
    "output, and no input but in the total": (
        spent(0, 100, 1_100),
        {"output": 100, "total": 1_100},
        (0, 100, 1_100, "PRICED", None, 1_000 * 150 + 100 * 600),
    ),
    "what input and output are": (
        spent(1_000, 100, 1_100),
        {"input": 1_000, "output": 100, "total": 1_100},
        (1_000, 100, 1_100, "PRICED", None, 210_000),
    ),
    "less than input and output": (
        spent(1_000, 100, 7),
        {"input": 1_000, "output": 100, "total": 7},
        (1_000, 100, 1_100, "PRICED", None, 210_000),
    ),
}
"""What a row says → counts and cost; gpt-4o-mini costs 150 and 600 nano-USD a token."""


@pytest.mark.parametrize("product", ["LiteLLM", "Langfuse"])
def test_tokens_that_only_the_total_says_are_never_lost(tmp_path: Path, product: str) -> None:
    if product == "LiteLLM":
        rows = {key: log for key, (log, _, _) in TOTALS.items()}
    else:
        rows = {key: observation(usageDetails=usage) for key, (_, usage, _) in TOTALS.items()}
    found, _ = imported(tmp_path, rows, "request_id" if product == "LiteLLM" else "id")
    assert {key: facts(row) for key, row in found.items()} == {
        key: expected for key, (_, _, expected) in TOTALS.items()
    }


NO_CALLS = ("acreate_batch", "alist_batches", "cancel_batch", "afile_content", "create_file")


def test_litellms_batches_are_priced_as_batches(tmp_path: Path) -> None:
    """What lists, reads or cancels batches, files and fine-tunes is no call, tokens or not."""
    rows = {
        "batch": spent(1_000, 100, 1_100, call_type="aretrieve_batch"),
        "named": spent(1_000, 100, 1_100, call_type="CallTypes.retrieve_batch"),
        "standard": spent(1_000, 100, 1_100),
        "prompt": spent(1_000, 0, 0),
        "none": spent(0, 0, 0, call_type="aretrieve_batch"),
        "job": spent(1_000, 0, 1_000, call_type="acreate_fine_tuning_job"),
        **{call: spent(1_000, 0, 1_000, call_type=call) for call in NO_CALLS},
    }
    found, said = imported(tmp_path, rows, "request_id")
    assert {key: facts(row, "pricing_tier", "cost_nano") for key, row in found.items()} == {
        "batch": ("BATCH", 105_000),
        "named": ("BATCH", 105_000),
        "standard": (None, 210_000),
        "prompt": (None, 150_000),
    }
    for call in (*NO_CALLS, "acreate_fine_tuning_job"):
        assert f"1 calls of {call}, which use no tokens by themselves" in said
    assert "1 rows of aretrieve_batch without tokens" in said


def test_litellms_tiers_are_priced_as_such(tmp_path: Path) -> None:
    rows = {
        f"{place} {tier}": spent(1_000, 100, 1_100, metadata={place: {"service_tier": tier}})
        for place in ("cost_breakdown", "usage_object")
        for tier in ("flex", "priority", "default", "standard")
    }
    found, _ = imported(tmp_path, rows, "request_id")
    for key, row in found.items():
        is_plain = key.endswith(("default", "standard"))
        assert is_plain == (facts(row, *COST) == ("PRICED", None, 210_000)), key


_PLAIN = (1_000, 100, 1_100, "PRICED", None, 210_000)
_TOKENS = {"input": 1_000, "output": 100, "total": 1_100, "unit": "TOKENS"}
_COSTS = {"inputCost": 12, "outputCost": 25, "totalCost": 37}
OBSERVED: dict[str, tuple[Row, tuple[object, ...]]] = {
    "plain": (observation(usage=_TOKENS), _PLAIN),
    "details are empty": (observation(usageDetails={}, usage=_TOKENS), _PLAIN),
    "details are zeros": (observation(usageDetails={"input": 0}, usage=_TOKENS), _PLAIN),
    "costs beside": (observation(usage=_TOKENS | _COSTS), _PLAIN),
    "cost details": (observation(usage=_TOKENS, costDetails={"input": 1, "total": 2.5}), _PLAIN),
    "flat": (observation(promptTokens=1_000, completionTokens=100, totalTokens=1_100), _PLAIN),
    "flat, no total": (observation(prompt_tokens=1_000, completion_tokens=100), _PLAIN),
    "no total": (observation(usageDetails={"input": 1_000, "output": 100}), _PLAIN),
    "unknown kind": (
        observation(usageDetails={"input": 1_000, "output": 100, "foo": 7}),
        (1_000, 100, 1_107, *_UNCLEAR),
    ),
    "unknown kind, not in the total": (
        observation(usageDetails={"input": 1_000, "output": 100, "foo": 7, "total": 1_100}),
        _PLAIN,
    ),
    "searches in the total": (
        observation(
            model="gpt-4o",
            usageDetails={"input": 1_000, "output": 100, "web_search": 3, "total": 1_103},
        ),
        (1_000, 100, 1_100, "UNPRICED", "NO_RATE", None),
    ),
}


def test_langfuses_usage_is_read_wherever_it_stands(tmp_path: Path) -> None:
    rows = {key: row for key, (row, _) in OBSERVED.items()}
    for unit in ("CHARACTERS", "seconds"):
        rows[unit] = observation(usage=_TOKENS | {"unit": unit})
        rows[f"flat {unit}"] = observation(promptTokens=5_000, unit=unit)
    found, said = imported(tmp_path, rows, "id")
    assert {key: facts(row) for key, row in found.items()} == {
        key: expected for key, (_, expected) in OBSERVED.items()
    }
    assert found["costs beside"]["stated_cost_nano"] == 37 * 10**9
    assert found["cost details"]["stated_cost_nano"] == 2_500_000_000
    assert "2 observations that count CHARACTERS, not tokens" in said
    assert "2 observations that count SECONDS, not tokens" in said
    assert "'foo', which nobody here knows" in said


_HEARD = {"input": 500, "input_audio_tokens": 500, "output": 50, "output_audio_tokens": 50}
_AUDIO_COST = 500 * 2_500 + 500 * 32_000 + 50 * 10_000 + 50 * 64_000


def test_audio_tokens_are_charged_at_the_rates_of_audio(tmp_path: Path) -> None:
    model = {"model": "gpt-audio"}
    inside = {"input": 1_000, "output": 100, "total": 1_100}
    rows = {
        "beside": observation(usageDetails=_HEARD, **model),
        "inside": observation(usageDetails=_HEARD | inside, **model),
    }
    usage = {
        f"{side}_tokens_details": {"audio_tokens": 500 if side == "prompt" else 50}
        for side in ("prompt", "completion")
    }
    log = spent(1_000, 100, 1_100, metadata={"usage_object": usage}, **model)
    observed, _ = imported(tmp_path / "langfuse", rows, "id")
    logged, _ = imported(tmp_path / "litellm", {"log": log}, "request_id")
    for row in (*observed.values(), *logged.values()):
        assert facts(row) == (1_000, 100, 1_100, "PRICED", None, _AUDIO_COST)
        assert facts(row, "audio_input_tokens", "audio_output_tokens") == (500, 50)


def test_web_searches_are_charged(tmp_path: Path) -> None:
    """By the book that ships: that of the tests has no fee for them."""
    usage = {"prompt_tokens_details": {"web_search_requests": 3}}
    log = spent(1_000, 100, 1_100, metadata={"usage_object": usage}, model="gpt-4o")
    logged, _ = imported(tmp_path / "litellm", {"log": log}, "request_id")
    row, _ = OBSERVED["searches in the total"]
    observed, _ = imported(tmp_path / "langfuse", {"row": row}, "id")
    for found in (*logged.values(), *observed.values()):
        assert rate(usage_of(found, json.loads(found["extras"])), book()).cost == 33_500_000
