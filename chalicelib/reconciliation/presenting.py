"""Presenting a statement: as JSON, as CSV, and as a page of text for the month's close."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from chalicelib.kit.clock import DAY, day_start, iso
from chalicelib.kit.money import to_usd
from chalicelib.kit.pages import PageRequest, page_block
from chalicelib.kit.sheets import csv_of
from chalicelib.kit.words import count_of
from chalicelib.reconciliation.cells import Doubled, MeteredCell, sum_doubled
from chalicelib.reconciliation.duplicates import TOLERANCE_MS
from chalicelib.reconciliation.parts import PartKind, Split
from chalicelib.reconciliation.statement import Statement, StatementRow

Json = dict[str, Any]
_RECORDS = "/profitstream/v2/api/sources/metrics/ai/completions"
RULES: Mapping[PartKind, str] = {
    PartKind.UNMETERED: "tokens that the provider counts and we do not, at its price",
    PartKind.NOT_BILLED: "tokens that we count and the provider does not: a free call, a bill to "
    "come, a call metered twice that does not look it",
    PartKind.DUPLICATES: "as many of such tokens as are of calls that look metered twice: the same "
    f"model and tokens within {TOLERANCE_MS} ms",
    PartKind.DAY_SHIFT: "counted on the day beside it: the two sides' days begin apart",
    PartKind.UNPRICED: "calls that we have no price for, at the provider's price",
    PartKind.PRICE: "the provider's price a token against our price list",
    PartKind.ARITHMETIC: "what our calls cost over their tokens by our price list: tiers, batches, "
    "cache lifetimes, stated costs",
    PartKind.TIER: "the provider's other service tiers and batches against its standard tier",
    PartKind.DISCOUNT: "amounts against list prices",
    PartKind.FEES: "what is not for tokens: searches, sessions, seats",
    PartKind.CREDITS: "what credits paid",
    PartKind.REST: "amounts for which the provider tells no usage",
}
_WITH_CALLS = frozenset(
    (PartKind.NOT_BILLED, PartKind.DUPLICATES, PartKind.UNPRICED, PartKind.ARITHMETIC)
)
"""Parts that are of calls of ours, which can be listed."""
_HEADER = ("provider", "date", "model", "metered_calls", "unpriced_calls", "metered_usd")
_WIDTH = 30


def present(statement: Statement, request: PageRequest, threshold: Decimal) -> Json:
    """The members of a ReconciliationStatement; `threshold` in percent of the bill."""
    whole, doubled = statement.whole, statement.doubled_by_provider()
    rows = [_present_row(row, statement) for row in request.cut(statement.rows)]
    return {
        "startDate": statement.period.first,
        "endDate": statement.period.last,
        **_figures(whole, sum_doubled(row.doubled for row in statement.rows)),
        "meteredCalls": statement.calls,
        "unpricedCalls": statement.unpriced,
        "withinThreshold": is_within(whole, threshold),
        "providers": [
            {"provider": name, **_figures(split, doubled[name])}
            for name, split in statement.by_provider().items()
        ],
        "rows": rows,
        "page": page_block(request, len(statement.rows)),
        "unsettledDays": list(statement.unsettled),
        **_show_outside(statement.outside),
        "flatPlanCalls": dict(statement.left_out),
        "unconvertedLines": statement.unrated,
        "daysBilledTwice": {name: list(days) for name, days in statement.shared.items()},
        "incompleteDays": list(statement.incomplete),
    }


def is_within(split: Split, threshold: Decimal) -> bool:
    """Whether the unexplained rest is at most so many percent of the bill."""
    rest = abs(split.parts.get(PartKind.REST, 0))
    return 100 * rest <= threshold * abs(split.billed)


def present_csv(statement: Statement) -> bytes:
    """A row for each cell, a column for each part; all of it, whatever the page."""
    header = [*_HEADER, *(f"{kind.lower()}_usd" for kind in PartKind), "billed_usd"]
    return csv_of(header, (_csv_row(row) for row in statement.rows))


def present_text(statement: Statement) -> Iterator[str]:
    """Lines of a page: the whole, then each provider, then what is left out."""
    yield f"Reconciliation {statement.period.first} to {statement.period.last} (UTC), USD"
    doubled = statement.doubled_by_provider()
    shown = [(name, split, doubled[name]) for name, split in statement.by_provider().items()]
    if len(shown) != 1:
        shown.append(("all providers", statement.whole, sum_doubled(doubled.values())))
    for name, split, twice in shown:
        yield ""
        yield name
        yield _line("metered", split.metered)
        for kind in PartKind:
            if kind in split.parts:
                line = _line(kind.lower().replace("_", " "), split.parts[kind], sign="+")
                if kind is PartKind.DUPLICATES:
                    line += f"  {count_of(twice.calls, 'call looks', 'calls look')} so"
                yield line
        yield _line("billed", split.billed)
    yield from _left_out(statement)


def _left_out(statement: Statement) -> Iterator[str]:
    told = [
        f"{_tell_outside(cell)} at {provider}, whose bill is not known for those days"
        for provider, cell in statement.outside.items()
    ]
    told += [
        f"{count_of(calls, 'call')} of {name}, which a flat plan covers"
        for name, calls in statement.left_out.items()
    ]
    if statement.unpriced:
        told.append(
            f"{statement.unpriced:,} of {count_of(statement.calls, 'call')} without a known price"
        )
    if statement.unrated:
        told.append(f"{count_of(statement.unrated, 'line')} in a currency without an exchange rate")
    told += [
        f"{count_of(len(days), 'day')} of {provider} billed by two connections or files: two "
        f"accounts, or one twice ({days[0]} to {days[-1]})"
        for provider, days in statement.shared.items()
    ]
    if statement.unsettled:
        told.append(f"not settled yet: {', '.join(statement.unsettled)}")
    if statement.incomplete:
        told.append(f"days that the lake misses something of: {', '.join(statement.incomplete)}")
    if told:
        yield ""
        yield "not in these figures, or not final"
        yield from (f"  {line}" for line in told)


def _show_outside(outside: Mapping[str, MeteredCell]) -> Json:
    amounts: Json = {}
    calls: Json = {}
    for name, cell in outside.items():
        amounts[name] = None
        if cell.priced:
            amounts[name] = to_usd(cell.nano)
        calls[name] = {"calls": cell.calls, "unpricedCalls": cell.calls - cell.priced}
    return {"meteredWithoutBill": amounts, "callsWithoutBill": calls}


def _tell_outside(cell: MeteredCell) -> str:
    calls, unpriced = count_of(cell.calls, "call"), cell.calls - cell.priced
    if not cell.priced:
        return f"an unknown cost of {calls} without a known price metered"
    if unpriced:
        calls += f", {unpriced:,} of them without a known price,"
    return f"{to_usd(cell.nano):f} of {calls} metered"


def _line(name: str, nano: int, sign: str = "") -> str:
    return f"  {name:<{_WIDTH}}{to_usd(nano):>{sign}20,.9f}"


def _figures(split: Split, doubled: Doubled, listed: str = "") -> Json:
    """The sums of a split and its parts; `listed` is where the calls of its cell are."""
    return {
        "metered": to_usd(split.metered),
        "billed": to_usd(split.billed),
        "difference": to_usd(split.billed - split.metered),
        "unexplained": to_usd(split.parts.get(PartKind.REST, 0)),
        "parts": [
            {
                "kind": kind,
                "amount": to_usd(split.parts[kind]),
                "rule": RULES[kind],
                "calls": listed if listed and kind in _WITH_CALLS else None,
                "doubled": _show_doubled(doubled) if kind is PartKind.DUPLICATES else None,
            }
            for kind in PartKind
            if kind in split.parts
        ],
    }


def _show_doubled(doubled: Doubled) -> Json:
    return {
        "calls": doubled.calls,
        "crossed": doubled.crossed,
        "metered": to_usd(doubled.nano),
        "some": [{"eventId": pair.call, "repeats": pair.like} for pair in doubled.pairs],
    }


def _link(team: str, row: StatementRow) -> str:
    """Where the calls of a cell are listed. The list takes one model, as clients wrote it: where
    they have written it in several ways, all calls of the day are listed."""
    start = day_start(row.key.day)
    asked = {"teamId": team, "startDate": iso(start), "endDate": iso(start + DAY - 1)}
    if len(row.models) == 1:
        asked["model"] = next(iter(row.models))
    return f"{_RECORDS}?{urlencode(asked)}"


def _present_row(row: StatementRow, statement: Statement) -> Json:
    tokens = sum(row.billed.tokens.values())
    return {
        "provider": row.key.provider,
        "date": row.key.day,
        "model": row.key.model,
        **_figures(row.split, row.doubled, _link(statement.team, row)),
        "meteredCalls": row.metered.calls,
        "unpricedCalls": row.metered.calls - row.metered.priced,
        "meteredTokens": sum(row.metered.tokens.values()),
        "billedTokens": tokens or None,
        "billedRequests": row.billed.requests,
        "settled": row.key.day not in statement.unsettled,
    }


def _csv_row(row: StatementRow) -> list[Any]:
    parts = [to_usd(row.split.parts.get(kind, 0)) for kind in PartKind]
    return [
        *row.key,
        row.metered.calls,
        row.metered.calls - row.metered.priced,
        to_usd(row.split.metered),
        *parts,
        to_usd(row.split.billed),
    ]
