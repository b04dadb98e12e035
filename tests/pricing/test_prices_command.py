"""meterlake prices: what changed in the book as text, and the command that writes and shows it."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chalicelib.pricing import book as books
from infra.cli.prices import prices
from infra.prices import compile as compiler
from infra.prices.diff import diff, lines
from tests.pricing.pins import little_book

MILLION, BILLION = 10**6, 10**9


def book(version: str, **models: dict[str, Any]) -> dict[str, Any]:
    listed = [{"id": name, "match": {"equals": [name]}, **line} for name, line in models.items()]
    return {"version": version, "providers": [{"id": "acme", "models": listed}]}


OLD = book(
    "v1",
    gone={"prices": [[None, {"in": BILLION}]]},
    same={"prices": [[None, {"in": BILLION}]]},
    cut={"prices": [[None, {"in": 10 * BILLION, "out": 40 * BILLION}]]},
    stepped={"prices": [[None, {"in": [BILLION, [200_000, 2 * BILLION]]}]]},
    batched={
        "prices": [[None, {"in": BILLION}]],
        "variants": [[{"processing": "batch"}, None, {"in": 5 * MILLION}]],
    },
    hidden={"prices": [[None, None]]},
)
NEW = book(
    "v2",
    same={"prices": [[None, {"in": BILLION}]]},
    cut={
        "prices": [
            [None, {"in": 10 * BILLION, "out": 40 * BILLION}],
            ["2026-06-10", {"in": 2 * BILLION}],
        ]
    },
    stepped={"prices": [[None, {"in": [BILLION, [100_000, 2 * BILLION]]}]]},
    batched={
        "prices": [[None, {"in": BILLION}]],
        "variants": [[{"processing": "batch"}, "2026-01-01", {"in": 0}]],
    },
    hidden={"free": True},
    fresh={"prices": [[[0, 1_000], {"in": BILLION, "call": 5 * MILLION}]]},
)


def test_a_change_is_told_model_by_model_with_old_and_new_prices() -> None:
    assert list(lines(OLD, NEW)) == [
        "+ acme fresh: in between [0, 1000] ms of the day 1, call between [0, 1000] ms of the "
        "day 0.005",
        "- acme gone: in 1",
        "~ acme cut: in from 2026-06-10 none → 2",
        "~ acme stepped: in over 200000 tokens 2 → none, in over 100000 tokens none → 2",
        "~ acme batched: in processing=batch 0.005 → none, in processing=batch from 2026-01-01 "
        "none → 0",
        "~ acme hidden: tokens tell no cost → none, price none → free",
        "v1 → v2: 1 added, 1 removed, 4 changed",
    ]


def test_a_book_does_not_differ_from_itself() -> None:
    assert diff(OLD, OLD) == ({}, {}, [])


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "book.json"
    copy.write_text(
        compiler.TARGET.read_text(encoding="utf-8").replace('"in":2500000000', '"in":2400000000'),
        "utf-8",
    )
    monkeypatch.setattr(compiler, "TARGET", copy)
    return copy


def test_check_tells_the_difference_and_writes_nothing(target: Path) -> None:
    before = target.read_text(encoding="utf-8")
    result = CliRunner().invoke(prices, ["update", "--check"])
    assert result.exit_code == 1
    assert "~ openai gpt-4o: in 2.4 → 2.5" in result.output
    assert target.read_text(encoding="utf-8") == before


def test_update_writes_the_book_and_is_then_content(target: Path) -> None:
    result = CliRunner().invoke(prices, ["update"])
    assert (result.exit_code, target.read_text(encoding="utf-8")) == (0, compiler.render())
    assert "changed" in result.output
    assert target.with_name("book.json.LICENSE").exists()
    result = CliRunner().invoke(prices, ["update", "--check"])
    assert (result.exit_code, "is what genai-prices" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["OPENAI", "gpt-4o"], "input 2.5, output 10"),
        (["openai", "o3", "--at", "2025-06-09"], "input 10, output 40"),
        (["ANTHROPIC", "claude-sonnet-4-5"], "over 200000 tokens of input: input 6"),
        (["PERPLEXITY", "sonar-pro"], "a call"),
        (["openrouter", "qwen/qwq-32b:free"], "free"),
        (["OPENAI", "whisper-1"], "PER_MINUTE 0.006"),
        (
            ["OPENAI", "dall-e-3"],
            "PER_IMAGE 0.12 (kind IMAGE; flow OUTPUT; resolution 1024x1792 or 1792x1024; quality "
            "hd",
        ),
    ],
)
def test_show(arguments: list[str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "book", little_book)
    result = CliRunner().invoke(prices, ["show", *arguments])
    assert (result.exit_code, expected in result.output) == (0, True), result.output


def test_show_fails_for_what_nobody_knows() -> None:
    assert CliRunner().invoke(prices, ["show", "OPENAI", "nobody-made-this"]).exit_code == 1
