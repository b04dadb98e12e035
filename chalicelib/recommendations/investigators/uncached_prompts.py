"""Prompts that could be cached, and are not.

Rule, for work of one kind (agent, task, model): nine of ten prompts are larger than some size, of
which `cache_prefix_share` is believed to be the same text each time, and that is at least
`cache_least_tokens`; less than `cache_share` of the prompts is read from a cache. A cache lives
five minutes from its last use: in each slot of five minutes the first call writes it and all others
read it. With P tokens in common, the savings are

    P × (hits × (input − read) − slots × (write − input)),   hits = calls − slots,

at list prices. They are above 0 from a break-even on: when a cache is used more often than (write
− read) / (input − read) times, the write included. Whether the texts are the same, sizes do not
tell.

Source: Anthropic, "Prompt caching" (a write costs 1.25 times the input, a read a tenth, the least
prompt is 1,024 tokens for most models); OpenAI, "Prompt caching" (from 1,024 tokens on, by itself,
for prompts that begin alike).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from chalicelib.kit.money import divide
from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Input, Role, Saving
from chalicelib.recommendations.habits import WorkPrompts
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    by_work,
    completions,
    entities_of,
    number,
    share_out,
    shorten,
    show_usd,
    sum_costs,
    work_slice,
)
from chalicelib.recommendations.quoting import find_price, quote, rates_of, split
from chalicelib.recommendations.slices import FacetValue
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "Anthropic: prompt caching",
    "https://docs.claude.com/en/docs/build-with-claude/prompt-caching",
)
_FORMULA = (
    "costUsd * min(listUsd, commonTokens * ((promptCalls - slots) * (inputRate - readRate)"
    " - slots * (writeRate - inputRate))) / listUsd"
)
_QUOTED = -17
"""Quotes are nano-USD × 100 million."""
Group = Mapping[tuple[FacetValue, ...], Sequence[Cell]]


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each kind of work whose prompts would be cheaper cached."""
    groups: Group = by_work(completions(survey))
    for prompts in survey.prompts():
        cells = groups.get(prompts.key, ())
        common = int(prompts.small * survey.thresholds.cache_prefix_share)
        if not cells or prompts.calls < survey.thresholds.least_calls:
            continue
        if common < survey.thresholds.cache_least_tokens:
            continue
        saving = _save_all(survey, prompts, cells, common)
        if saving is not None:
            yield _build(prompts, common, cells, saving)


def _save_all(
    survey: Survey, prompts: WorkPrompts, cells: Sequence[Cell], common: int
) -> tuple[int, Saving] | None:
    """Nano-USD that caching would save, and how; None where it is done, or does not pay."""
    price = find_price(survey.prices, cells[0], survey.window.end)
    if price is None:
        return None
    tokens = [split(cell, price) for cell in cells]
    read, whole = sum(each.cache_read for each in tokens), sum(each.prompt() for each in tokens)
    if read > survey.thresholds.cache_share * whole:
        return None
    rates, cost = price.tariff.base, sum_costs(cells)
    hits = (prompts.calls - prompts.slots) * (rates.input - rates.cache_read)
    misses = prompts.slots * (rates.cache_write - rates.input)
    gain = common * (hits - misses) * price.percent
    listed = sum(quote(cell, price, rates_of(price, cell)) for cell in cells)
    if gain <= 0 or not listed:
        return None
    inputs = (
        number("commonTokens", common, "tokens"),
        number("promptCalls", prompts.calls, "calls"),
        number("slots", prompts.slots, "slots"),
        _rate("inputRate", rates.input * price.percent),
        _rate("readRate", rates.cache_read * price.percent),
        _rate("writeRate", rates.cache_write * price.percent),
        Input("listUsd", Decimal(listed).scaleb(_QUOTED), "USD"),
    )
    return divide(cost * min(gain, listed), listed), Saving(_FORMULA, inputs)


def _rate(name: str, quoted: int) -> Input:
    return Input(name, Decimal(quoted).scaleb(_QUOTED), "USD a token")


def _build(
    prompts: WorkPrompts, common: int, cells: Sequence[Cell], saving: tuple[int, Saving]
) -> Finding:
    amount, made = saving
    chosen = work_slice(prompts.key, failed=0)
    agent, model = chosen.values["agent"], chosen.values["model"]
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{shorten(agent)}: prompts to {shorten(model)} could be cached",
            why=(
                f"{prompts.calls:,} prompts, nine of ten over {prompts.small:,} tokens, came in"
                f" {prompts.slots:,} slots of five minutes, and next to nothing was read from a"
                f" cache. If {common:,} tokens of each are the same text, caching them saves"
                f" {show_usd(amount)} of the period's spend."
            ),
            action="Put what is the same in every prompt first, and have it cached.",
            steps=(
                "Order prompts: instructions, tools and documents first, what changes last.",
                "Mark the end of the common part (Anthropic: cache_control); OpenAI and Gemini"
                " cache by themselves what begins alike.",
                "Watch the share of cached tokens by agent: it should rise within an hour.",
            ),
            role=Role.AI,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.5"),
        savings=share_out(amount, cells, [cell.cost for cell in cells]),
        saving=made,
        numbers={"commonTokens": str(common), "slots": str(prompts.slots)},
    )


INVESTIGATOR = Investigator("uncached_prompts", "Prompts that could be cached", look, ("prompts",))
