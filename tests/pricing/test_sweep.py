"""A sweep over LiteLLM's map of some 4,000 names: no name gets a price that no list gives for the
pair of its host and model.

Every name has one verdict:

| class | what it means | verdict |
|---|---|---|
| same | both price it alike (1 %) | right |
| differs | both price it, not alike | docs/prices.md has a line and a verdict for each |
| unpriced | they price it, our lists do not, or know only how its name begins | unpriced |
| ours | our list prices it, their map does not | right: the host's own list |
| foreign | priced by another host's list | never |
| unlisted host | we price it, and have no list of its host | never |
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chalicelib.kit.clock import day_start
from chalicelib.pricing.book import book
from chalicelib.pricing.rates import Price

DAY = day_start("2026-11-22")
BY_TOKENS = ("chat", "completion", "responses", "embedding", None)
LABELS_OF_NO_LIST = ("deepinfra", "nebius", "sagemaker", "my-openai-proxy", "vercel_ai_gateway")


class Name(NamedTuple):
    """A name of their map."""

    provider: str
    model: str
    input: Decimal | None
    output: Decimal


@cache
def names() -> tuple[Name, ...]:
    """Theirs that are charged by tokens."""
    return tuple(_read())


def _read() -> Iterator[Name]:
    spec = find_spec("litellm")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).with_name("model_prices_and_context_window_backup.json")
    raw: dict[str, dict[str, Any]] = json.loads(path.read_text(), parse_float=Decimal)
    for model, entry in raw.items():
        if model != "sample_spec" and entry.get("mode") in BY_TOKENS:
            given = entry.get("input_cost_per_token")
            output = Decimal(entry.get("output_cost_per_token") or 0)
            input_ = None if given is None else Decimal(given)
            yield Name(entry.get("litellm_provider") or "", model, input_, output)


def verdict(name: Name, price: Price | None) -> str:
    if price is None:
        return "neither" if name.input is None else "unpriced"
    host = book().vendor(name.provider)
    if not host:
        return "unlisted host"
    if host != price.vendor and not is_at_bedrock(name, price):
        return "foreign"
    if name.input is None:
        return "ours"
    return "same" if is_near(price, name) else "differs"


def is_at_bedrock(name: Name, price: Price) -> bool:
    return price.vendor == "aws" and name.provider == "anthropic"


def is_near(price: Price, name: Name) -> bool:
    rates = price.tariff.base
    assert name.input is not None
    return close(rates.input, name.input) and (not name.output or close(rates.output, name.output))


def close(rate: int, usd: Decimal) -> bool:
    theirs = usd.scaleb(15)
    return abs(rate - theirs) <= theirs / 100


def classes(label: str | None) -> dict[str, list[Name]]:
    found = defaultdict(list)
    for name in names():
        price = book().price(name.provider if label is None else label, name.model, DAY)
        found[verdict(name, price)].append(name)
    return found


def test_no_name_is_priced_by_a_list_that_is_not_its_hosts() -> None:
    found = classes(None)
    assert found["foreign"] == []
    assert found["unlisted host"] == []
    assert len(found["same"]) > 900, Counter({key: len(value) for key, value in found.items()})


@pytest.mark.parametrize("label", LABELS_OF_NO_LIST)
def test_a_host_without_a_list_is_unpriced_for_every_name(label: str) -> None:
    assert [name for name in names() if book().price(label, name.model, DAY)] == []


def test_nothing_is_free_but_where_its_host_says_so() -> None:
    free = set()
    for name in names():
        price = book().price(name.provider, name.model, DAY)
        if price and price.free:
            free.add(price.vendor)
            assert not name.input, name
    assert free == {"github-copilot", "google"}


def test_a_variant_that_lists_know_by_its_beginning_only_is_unpriced() -> None:
    unpriced = {name.model for name in classes(None)["unpriced"]}
    assert {"gemini-3.8-flash-cyber", "vertex_ai/gemini-3.8-flash-cyber"} <= unpriced


def test_a_router_prices_by_the_host_that_the_name_tells() -> None:
    """As much as the label itself says, or what the name's maker charges, or nothing."""
    for name in names():
        routed = book().price("LITELLM", name.model, DAY)
        direct = book().price(name.provider, name.model, DAY)
        # Perplexity's own list has other models of those names: perplexity/sonar is no sonar.
        if routed is not None and "/" in name.model and name.provider != "perplexity":
            assert direct is not None, name
            assert (routed.vendor, routed.tariff) == (direct.vendor, direct.tariff), name
