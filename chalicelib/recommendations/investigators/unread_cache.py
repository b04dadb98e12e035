"""Caches that are written and not read often enough to pay.

Rule, for work of one kind: what writing cost above plain input is more than what reading saved,

    written × (write − input) − read × (input − read rate) > 0

at list prices, each lifetime at its own rate. That is what is lost by caching.

Source: Anthropic, "Prompt caching" (writes cost 1.25 or 2 times the input, reads a tenth).
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chalicelib.kit.money import divide
from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Saving
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    by_work,
    completions,
    count_calls,
    entities_of,
    share_out,
    shorten,
    show_usd,
    usd,
    work_slice,
)
from chalicelib.recommendations.quoting import find_price, quote, rates_of, split
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "Anthropic: prompt caching",
    "https://docs.claude.com/en/docs/build-with-claude/prompt-caching",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each kind of work that would be cheaper without its cache."""
    for key, cells in by_work(completions(survey)).items():
        written = sum(cell.write_tokens for cell in cells)
        if not written or count_calls(cells) < survey.thresholds.least_calls:
            continue
        dearer, saved = _weigh(survey, cells)
        loss = dearer - saved
        if loss <= 0:
            continue
        chosen = work_slice(key, failed=0)
        agent, model = chosen.values["agent"], chosen.values["model"]
        read = sum(cell.read_tokens for cell in cells)
        yield Finding(
            rule=INVESTIGATOR.id,
            category=AdviceCategory.WASTE,
            slice=chosen,
            entities=entities_of(chosen),
            advice=Advice(
                title=f"{shorten(agent)}: the cache of {shorten(model)} costs more than it saves",
                why=(
                    f"{written:,} tokens were written to the cache and {read:,} read from it."
                    f" Without a cache the same calls would have cost {show_usd(loss)} less."
                ),
                action="Cache only what is read again, or do not cache.",
                steps=(
                    "Look what changes at the beginning of the prompts: a date or an id there makes"
                    " every write useless.",
                    "Do not mark prompts for caching that come less than twice in five minutes.",
                    "Use the lifetime of one hour only where reads come more than five minutes"
                    " apart.",
                ),
                role=Role.AI,
                reference=_SOURCE,
            ),
            certainty=Decimal("0.85"),
            savings=share_out(loss, cells, [cell.cost for cell in cells]),
            saving=Saving(
                "min(costUsd, writtenUsd - savedByReadsUsd)",
                (usd("writtenUsd", dearer), usd("savedByReadsUsd", saved)),
            ),
            numbers={"writtenTokens": str(written), "readTokens": str(read)},
        )


def _weigh(survey: Survey, cells: Sequence[Cell]) -> tuple[int, int]:
    """What writing to the cache has cost above plain input, and what reading from it has saved, in
    nano-USD."""
    dearer = saved = 0
    for cell in cells:
        price = find_price(survey.prices, cell, survey.window.end)
        if price is None:
            continue
        rates, tokens = rates_of(price, cell), split(cell, price)
        listed = quote(cell, price, rates)
        if not listed:
            continue
        written = tokens.cache_write * (rates.cache_write - rates.input)
        written += tokens.cache_write_1h * (rates.cache_write_1h - rates.input)
        read = tokens.cache_read * (rates.input - rates.cache_read)
        dearer += divide(cell.cost * written * price.percent, listed)
        saved += divide(cell.cost * read * price.percent, listed)
    return dearer, saved


INVESTIGATOR = Investigator("unread_cache", "Caches that do not pay", look)
