"""Quoting: what the calls of a cell would have cost at another price.

List prices are linear in tokens, so that the sums of a cell tell it; only the size of the context
matters to some, and a cell knows the band that it is in. What was really charged may differ from
the list (costs that clients state, multipliers), so that savings are the same share of it:

    saving = cost × (list − other) / list       one rounding, half to even, at most the cost
"""

from dataclasses import dataclass

from chalicelib.kit.money import divide
from chalicelib.pricing.batches import BATCH
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.rates import Context, Price, Rates
from chalicelib.pricing.tokens import TokenSplit, split_tokens
from chalicelib.pricing.traits import context_of
from chalicelib.pricing.usage import Facts, Usage
from chalicelib.recommendations.cells import Cell

STANDARD, BATCHES = "standard", "batch"
_BESIDE = 2
"""Tokens by which a model's cliff may lie beside the band's (199,999 and 200,000)."""


def context_of_cell(cell: Cell) -> Context:
    """The properties by which its calls have other prices."""
    tier = cell.text("tier")
    processing = "BATCH" if tier == "batch" else "STANDARD"
    return context_of(Facts(pricing_tier=processing, service_tier="" if tier == "batch" else tier))


def find_price(
    prices: PriceSource,
    cell: Cell,
    instant: int,
    *,
    model: str = "",
    context: Context | None = None,
) -> Price | None:
    """The price of tokens of a cell's model at an instant (UTC epoch ms), or of another `model` or
    `context`. None when nobody knows it, or not every rate of it, or it is free."""
    asked = context_of_cell(cell) if context is None else context
    price = prices.price(cell.text("provider"), model or cell.text("model"), instant, asked)
    return None if price is None or price.free or price.lacks else price


def rates_of(price: Price, cell: Cell) -> Rates:
    """The rates of its calls, by the band of their context."""
    band = int(cell.facets["band"])
    return price.tariff.at(band + _BESIDE if band else 0)


def split(cell: Cell, price: Price) -> TokenSplit:
    """The tokens of a cell as they are charged."""
    usage = Usage(
        cell.text("provider"),
        cell.text("model"),
        0,
        input=cell.input_tokens,
        output=cell.output_tokens,
        reasoning=cell.reasoning_tokens,
        cache_read=cell.read_tokens,
        cache_creation=cell.write_tokens,
        cache_creation_1h=cell.lasting_tokens,
        total=cell.total_tokens,
    )
    return split_tokens(usage, price.reads_inside)


def quote(cell: Cell, price: Price, rates: Rates, own: Price | None = None) -> int:
    """What a cell's tokens come to at some rates of a price, in nano-USD × 100 million. `own` is
    the price that its tokens are counted by, if it is another one."""
    tokens = split(cell, own or price)
    total = (
        tokens.input * rates.input
        + tokens.output * rates.output
        + tokens.reasoning * rates.reasoning
        + tokens.cache_read * rates.cache_read
        + tokens.cache_write * rates.cache_write
        + tokens.cache_write_1h * rates.cache_write_1h
    )
    return total * price.percent


def save(cell: Cell, listed: int, other: int) -> int:
    """Nano-USD that a cell would save, were its list price `other` instead of `listed`; 0 where it
    would not."""
    if listed <= 0 or other >= listed:
        return 0
    return divide(cell.cost * (listed - max(other, 0)), listed)


def _save_by_price(cell: Cell, own: Price, other: Price) -> int:
    listed = quote(cell, own, rates_of(own, cell))
    return save(cell, listed, quote(cell, other, rates_of(other, cell), own))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another price for the same calls: of another model, in the tier `standard` or `batch`, or
    below the threshold of context size."""

    model: str = ""
    tier: str = ""
    below: bool = False

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """As query parameters of the operation that opens figures."""
        told = [("atModel", self.model), ("atTier", self.tier)]
        told.append(("belowCliff", "true" if self.below else ""))
        return [(name, value) for name, value in told if value]


def save_elsewhere(prices: PriceSource, cell: Cell, instant: int, elsewhere: Elsewhere) -> int:
    """Nano-USD that a cell would save elsewhere, at the prices of an instant (UTC epoch ms); 0 of
    calls whose price nobody knows, of other calls than completions, and of those that failed."""
    own = find_price(prices, cell, instant)
    if own is None or cell.text("kind") != "COMPLETION" or cell.flag("failed"):
        return 0
    if elsewhere.below:
        listed = quote(cell, own, rates_of(own, cell))
        return save(cell, listed, quote(cell, own, own.tariff.base)) if own.tariff.steps else 0
    context: Context | None = None
    if elsewhere.tier:
        context = (BATCH,) if elsewhere.tier == BATCHES else ()
        if context and context_of_cell(cell):
            return 0  # it is in batches already, or somebody wants another tier
    other = find_price(prices, cell, instant, model=elsewhere.model, context=context)
    return _save_by_price(cell, own, other) if other else 0
