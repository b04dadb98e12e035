"""Counts in the files of other products: no token is lost, none is charged that was not used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chalicelib.kit.ids import event_id
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
