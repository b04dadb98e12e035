"""Where two price lists disagree: genai-prices, as compiled into the book, and LiteLLM's map, as
installed with the development tools. `meterlake prices check` prints it; docs/prices.md keeps it
with a verdict a line, because a person has to judge which of both is right.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chalicelib.kit.clock import HOUR
from chalicelib.pricing.book import PriceBook
from chalicelib.pricing.rates import Price, Tariff
from infra.prices import opened
from infra.prices.opened import Line, OpenRate, host_of

TARGET = Path(__file__).parents[2] / "docs" / "prices.md"
OPENED = opened.FILE
OPEN = "open: unclear: nobody has judged it yet"
_NEAR = Decimal("0.01")
_MAP = "model_prices_and_context_window_backup.json"
_BY_TOKENS = ("chat", "completion", "responses", "embedding", None)
_MEMBERS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
"""Rate of the book → member of their map, USD a token."""
_STEP = re.compile(r"_above_(\d+)k_tokens$")
"""How a member ends that holds for calls with more input than so many thousand tokens."""
_TO_NANO = 15
_NOON = 12 * HOUR
"""Prices by the hour are compared at noon, UTC: no list of theirs has any."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A rate of a model that both lists have, more than a hundredth apart: USD a million tokens."""

    provider: str
    """Id in the book."""
    name: str
    """In LiteLLM's map."""
    listed: Line
    """Whose line of the book it is."""
    rate: str
    """Of any call (`input`), or of those with more input than so many tokens (`input>200k`)."""
    ours: Decimal
    theirs: Decimal

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about."""
        return self.provider, self.name, self.rate

    def line(self, verdict: str) -> str:
        """A line of the table of docs/prices.md."""
        cells = (self.provider, self.name, self.rate, f"{self.ours:f}", f"{self.theirs:f}", verdict)
        return f"| {' | '.join(cells)} |"


def read_map() -> Mapping[str, Mapping[str, Any]]:
    """LiteLLM's map by name, numbers exact. Raises LookupError when it is not installed."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        raise LookupError("litellm is not installed: `make install` brings it")
    text = Path(spec.origin).with_name(_MAP).read_text(encoding="utf-8")
    found: dict[str, Mapping[str, Any]] = json.loads(text, parse_float=Decimal)
    return found


def find_disagreements(book: PriceBook, day: int) -> Iterator[Disagreement]:
    """Every rate of every name that both price by the token on the day that begins at `day` (UTC
    epoch ms), and that differs by more than a hundredth of theirs."""
    instant = day + _NOON
    for name, entry in read_map().items():
        provider = entry.get("litellm_provider") or ""
        if entry.get("mode") in _BY_TOKENS and book.vendor(provider):
            price = book.price(provider, name, instant)
            if price is not None and not price.free:
                host = host_of(provider, name, price.vendor)
                for rate, ours, theirs in _compare(price, entry, instant):
                    listed = host, price.model
                    yield Disagreement(price.vendor, name, listed, rate, ours=ours, theirs=theirs)


def _compare(
    price: Price, entry: Mapping[str, Any], instant: int
) -> Iterator[tuple[str, Decimal, Decimal]]:
    """(rate, ours, theirs) of those that differ, of any call and over each step of either list."""
    tariff = price.tariff_at(instant)
    over: list[int] = []
    for step in _find_steps(tariff, entry):
        over.insert(0, step)
        rates = tariff.at(step * 1_000 + 1)
        for rate, member in _MEMBERS.items():
            given = _find_given(entry, member, over)
            # A zero of theirs is often an absent number; what the book does not know is not
            # charged.
            if given and rate not in price.lacks:
                theirs, ours = Decimal(given).scaleb(_TO_NANO), Decimal(getattr(rates, rate))
                if abs(ours - theirs) > theirs * _NEAR:
                    name = f"{rate}>{step}k" if step else rate
                    yield name, _million(ours), _million(theirs)


def _find_steps(tariff: Tariff, entry: Mapping[str, Any]) -> list[int]:
    """0, and the thousands of input tokens over which a rate of ours or theirs changes."""
    steps = {0}
    for start, _ in tariff.steps:
        # A step of xAI's is the 200,000th token itself, in the book 199,999 that must be exceeded.
        steps.add(-(-start // 1_000))
    for member in entry:
        found = _STEP.search(member)
        if found:
            steps.add(int(found[1]))
    return sorted(steps)


def _find_given(entry: Mapping[str, Any], member: str, over: Sequence[int]) -> Decimal | int | None:
    """Their rate of a call over some steps, the highest first, of which the member need not have
    every one."""
    for step in over:
        given: Decimal | int | None = entry.get(f"{member}_above_{step}k_tokens")
        if given is not None:
            return given
    return entry.get(member)


def _million(nano: Decimal) -> Decimal:
    """USD a million tokens from nano-USD a million tokens, without digits that say nothing."""
    usd = round(nano.scaleb(-9), 9).normalize()
    return usd.quantize(Decimal(1)) if int(usd.as_tuple().exponent) > 0 else usd


def versions() -> str:
    """The releases that are compared."""
    return f"genai-prices {version('genai-prices')}, litellm {version('litellm')}"


def read_verdicts(text: str) -> dict[tuple[str, str, str], str]:
    """The verdicts of docs/prices.md by what they are about."""
    verdicts = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 6 and cells[2].partition(">")[0] in _MEMBERS:
            verdicts[cells[0], cells[1], cells[2]] = cells[5]
    return verdicts


def write(found: Sequence[Disagreement], verdicts: Mapping[tuple[str, str, str], str]) -> None:
    """Renew the table of docs/prices.md, with `open` for what nobody has judged, and open.json."""
    text = TARGET.read_text(encoding="utf-8")
    head, _, _ = text.partition(_TABLE)
    rows = [each.line(verdicts.get(each.key, OPEN)) for each in found]
    TARGET.write_text(head + _TABLE + "\n".join(rows) + "\n", encoding="utf-8")
    opened.write(find_open(found, verdicts), OPENED)


def find_open(
    found: Sequence[Disagreement], verdicts: Mapping[tuple[str, str, str], str]
) -> Iterator[OpenRate]:
    """Those without a verdict."""
    for each in found:
        if verdicts.get(each.key, OPEN).startswith("open: "):
            ours, theirs = f"{each.ours:f}", f"{each.theirs:f}"
            yield OpenRate(*each.listed, each.rate, ours, theirs)


_TABLE = (
    "| provider | name | rate | book | LiteLLM | verdict |\n| --- | --- | --- | --- | --- | --- |\n"
)
