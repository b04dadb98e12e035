"""Open prices: rates that calls are charged by, on which genai-prices and LiteLLM's map disagree
without anybody having judged them. `meterlake prices check --write` keeps them in open.json, which
comes with the product; LiteLLM's map does not."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from chalicelib.pricing.book import book
from chalicelib.pricing.labels import is_vertex

FILE = Path(__file__).with_name("open.json")


Line = tuple[str, str]
"""Who charges (id in the book, or `vertex`, which shares Google's list) and the model's id in the
book."""


class OpenRate(NamedTuple):
    """A rate of a line of the book: USD a million tokens, as text."""

    host: str
    model: str
    rate: str
    """`input`, or `input>200k` where it is that of prompts with more than 200,000 tokens."""
    book: str
    litellm: str

    @property
    def charged(self) -> tuple[str, int]:
        """The rate, and how many tokens a prompt must exceed to be charged by it."""
        rate, _, step = self.rate.partition(">")
        return rate, int(step.removesuffix("k") or 0) * 1_000


def host_of(provider: str, model: str, vendor: str) -> str:
    """Who charges for a call: `provider` and `model` as the caller wrote them, `vendor` of its
    price."""
    return "vertex" if vendor == "google" and is_vertex(f"{provider} {model}") else vendor


def write(rates: Iterable[OpenRate], path: Path = FILE) -> None:
    """Renew open.json: a line each, the first of those about one rate."""
    by_rate = {(each.host, each.model, each.rate): each for each in reversed([*rates])}
    lines = ",\n".join(f" {json.dumps(each)}" for each in sorted(by_rate.values()))
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


@cache
def _read() -> Mapping[Line, Sequence[OpenRate]]:
    found = defaultdict(list)
    for row in json.loads(FILE.read_text(encoding="utf-8")):
        each = OpenRate(*row)
        found[each.host, each.model].append(each)
    return found


def open_steps() -> set[int]:
    """The steps of all open rates: tokens that a prompt must exceed."""
    steps: set[int] = set()
    for each in chain.from_iterable(_read().values()):
        _, step = each.charged
        steps.add(step)
    return steps


def find_open(provider: str, model: str, instant: int) -> Sequence[OpenRate]:
    """The open rates of the list price of a model at an instant (UTC epoch ms), the names as the
    caller wrote them."""
    price = book().price(provider, model, instant)
    if price is None:
        return ()
    return _read().get((host_of(provider, model, price.vendor), price.model), ())
