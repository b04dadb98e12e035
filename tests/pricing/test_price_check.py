"""Where genai-prices and LiteLLM's map disagree: the command finds it, and each has a verdict."""

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.kit.clock import day_start
from chalicelib.pricing.book import book
from infra.cli.prices import prices
from infra.prices import check

DAY = "2026-11-26"
KEPT = check.read_verdicts(check.TARGET.read_text(encoding="utf-8"))


def test_the_kept_list_is_what_the_installed_versions_say() -> None:
    found = {each.key: each for each in check.find_disagreements(book(), day_start(DAY))}
    assert found.keys() == KEPT.keys(), "run `meterlake prices check --write` and judge the new"
    text = check.TARGET.read_text(encoding="utf-8").splitlines()
    for key, each in found.items():
        assert each.line(KEPT[key]) in text


def test_every_line_has_a_verdict() -> None:
    assert all(verdict.startswith(("book: ", "open: ")) for verdict in KEPT.values())


def test_every_verdict_is_of_a_class_that_the_page_explains() -> None:
    head, _, _ = check.TARGET.read_text(encoding="utf-8").partition("| provider |")
    explained = {line.split(" | ")[0].strip("| ") for line in head.splitlines() if "|" in line}
    used = {verdict.split(": ")[1] for verdict in KEPT.values()}
    assert used == explained - {"class", "---"}


def test_who_judges_for_the_book_names_two_sources_or_says_that_it_is_no_price() -> None:
    for verdict in KEPT.values():
        if verdict.startswith("book: ") and not verdict.startswith("book: name: "):
            assert "(" in verdict, verdict


def test_what_is_near_is_no_disagreement() -> None:
    for each in check.find_disagreements(book(), day_start(DAY)):
        assert abs(each.ours - each.theirs) > each.theirs / 100
        assert each.theirs > 0
    assert ("openai", "gpt-4o", "input") not in KEPT
    assert KEPT["aws", "anthropic.claude-sonnet-4-6", "input"].startswith("book: ")


def test_the_command_lists_them_and_tells_of_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = CliRunner().invoke(prices, ["check", "--at", DAY])
    assert done.exit_code == 0, done.output
    assert f"{len(KEPT)} disagreements" in done.output
    copy = tmp_path / "prices.md"
    lines = check.TARGET.read_text(encoding="utf-8").splitlines()
    copy.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    monkeypatch.setattr(check, "TARGET", copy)
    done = CliRunner().invoke(prices, ["check", "--at", DAY])
    assert done.exit_code == 1
    assert "| NEW |" in done.output
    done = CliRunner().invoke(prices, ["check", "--at", DAY, "--write"])
    assert done.exit_code == 0
    renewed = check.read_verdicts(copy.read_text(encoding="utf-8"))
    assert renewed.keys() == KEPT.keys()
    assert sum(renewed[key] != KEPT[key] for key in KEPT) <= 1


def test_a_line_of_the_list() -> None:
    each = check.Disagreement("acme", "acme/m", "input", Decimal("0.1"), Decimal(2))
    assert each.line("open") == "| acme | acme/m | input | 0.1 | 2 | open |"
