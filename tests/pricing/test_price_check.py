"""Where genai-prices and LiteLLM's map disagree: the command finds it, and each has a verdict."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.kit.clock import day_start
from chalicelib.pricing.book import book
from chalicelib.pricing.rates import Price, Tariff
from infra.cli.prices import prices
from infra.prices import check, opened
from tests.pricing.prices import flat_rates, priced

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
    monkeypatch.setattr(check, "OPENED", tmp_path / "open.json")
    done = CliRunner().invoke(prices, ["check", "--at", DAY])
    assert done.exit_code == 1
    assert "| NEW |" in done.output
    done = CliRunner().invoke(prices, ["check", "--at", DAY, "--write"])
    assert done.exit_code == 0
    renewed = check.read_verdicts(copy.read_text(encoding="utf-8"))
    assert renewed.keys() == KEPT.keys()
    assert sum(renewed[key] != KEPT[key] for key in KEPT) <= 1
    assert json.loads((tmp_path / "open.json").read_text(encoding="utf-8"))


def disagreement(name: str, rate: str, ours: str, theirs: str) -> check.Disagreement:
    return check.Disagreement("acme", name, ("acme", "m"), rate, Decimal(ours), Decimal(theirs))


def test_a_line_of_the_list() -> None:
    each = disagreement("acme/m", "input", "0.1", "2")
    assert each.line("open") == "| acme | acme/m | input | 0.1 | 2 | open |"


def test_open_json_is_what_the_page_leaves_open(tmp_path: Path) -> None:
    found = list(check.find_disagreements(book(), day_start(DAY)))
    opened.write(check.find_open(found, KEPT), tmp_path / "open.json")
    kept = opened.FILE.read_text(encoding="utf-8")
    assert (tmp_path / "open.json").read_text(encoding="utf-8") == kept
    by_rate = {(each.host, each.model, each.rate) for each in check.find_open(found, KEPT)}
    assert len(json.loads(kept)) == len(by_rate) > 0


def stepped(ours: int, *steps: tuple[int, int]) -> Price:
    tariff = Tariff(flat_rates(ours), tuple((start, flat_rates(rate)) for start, rate in steps))
    return priced(flat_rates(), tariff=tariff)


@pytest.mark.parametrize(
    ("price", "theirs", "found"),
    [
        (stepped(3, (200_000, 6)), {"input": 3, "input_above_200k_tokens": 6}, []),
        (stepped(3), {"input": 3, "input_above_200k_tokens": 6}, [("input>200k", 3, 6)]),
        (stepped(3, (200_000, 6)), {"input": 3}, [("input>200k", 6, 3)]),
        (stepped(3, (199_999, 6)), {"input": 3, "input_above_200k_tokens": 6}, []),
        (
            stepped(3, (128_000, 6)),
            {"input": 3, "input_above_200k_tokens": 6},
            [("input>128k", 6, 3)],
        ),
        (
            stepped(3, (200_000, 6)),
            {"input": 2, "input_above_200k_tokens": 4},
            [("input", 3, 2), ("input>200k", 6, 4)],
        ),
        (
            stepped(1, (200_000, 3), (128_000, 2)),
            {"input": 1, "input_above_128k_tokens": 2, "input_above_200k_tokens": 3},
            [],
        ),
        (stepped(3), {"input": 3, "input_above_200k_tokens_batches": 6}, []),
        (stepped(3), {"input": 3, "output_above_200k_tokens": 3}, []),
    ],
)
def test_the_rate_over_each_step_of_either_list_is_compared(
    price: Price, theirs: dict[str, int], found: list[tuple[str, int, int]]
) -> None:
    entry = {
        name.replace("put", "put_cost_per_token", 1): Decimal(usd).scaleb(-15)
        for name, usd in theirs.items()
    }
    told = list(check._compare(price, entry, 0))
    assert told == [(rate, usd(ours), usd(other)) for rate, ours, other in found]


def usd(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)


def test_a_verdict_on_the_rate_over_a_step_is_read_from_the_page() -> None:
    each = disagreement("acme/m", "input>200k", "3", "6")
    assert check.read_verdicts(each.line("book: stale: (a, b)")) == {
        each.key: "book: stale: (a, b)"
    }
    assert ("novita", "novita/minimax/minimax-m3", "input>525k") in KEPT


def test_what_an_open_rate_is_charged_by() -> None:
    rates = ["input", "cache_read>200k"]
    charged = [opened.OpenRate("acme", "m", rate, "1", "2").charged for rate in rates]
    assert charged == [("input", 0), ("cache_read", 200_000)]
    assert 525_000 in opened.open_steps()


def test_only_what_is_open_is_kept_and_once_a_rate(tmp_path: Path) -> None:
    found = [
        disagreement("acme/m", "input", "1", "2"),
        disagreement("acme/m-2026", "input", "1", "3"),
        disagreement("acme/m", "output", "1", "2"),
        disagreement("acme/new", "cache_read", "1", "2"),
    ]
    verdicts = {found[0].key: "open: unclear: who knows", found[2].key: "book: stale: (a, b)"}
    verdicts[found[1].key] = "open: unclear: who knows"
    opened.write(check.find_open(found, verdicts), tmp_path / "open.json")
    assert json.loads((tmp_path / "open.json").read_text(encoding="utf-8")) == [
        ["acme", "m", "cache_read", "1", "2"],
        ["acme", "m", "input", "1", "2"],
    ]


@pytest.mark.parametrize(
    ("provider", "model", "rates"),
    [
        ("AZURE", "gpt-4-turbo", ["input", "output"]),
        ("azure.openai", "gpt-4-turbo-2024-04-09", ["input", "output"]),
        ("LITELLM", "azure/gpt-4-turbo", ["input", "output"]),
        ("VERTEX_AI", "gemini-2.0-flash", ["input", "output"]),
        ("LITELLM", "vertex_ai/gemini-2.0-flash", ["input", "output"]),
        ("TOGETHER", "Qwen/Qwen3.8-2.4T-A95B", ["cache_read"]),
        ("OPENAI", "gpt-4-turbo", []),
        ("GOOGLE", "gemini-2.0-flash", []),
        ("ANTHROPIC", "claude-sonnet-4-6", []),
        ("NOBODY", "gpt-4-turbo", []),
    ],
)
def test_the_open_rates_of_a_call_are_those_of_its_host(
    provider: str, model: str, rates: list[str]
) -> None:
    found = opened.find_open(provider, model, day_start(DAY))
    assert [each.rate for each in found] == rates
