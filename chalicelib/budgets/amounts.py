"""Amounts: what a call counts for under a metric, as an integer: nano-USD, tokens, millionths of a
credit or of a second, pieces. Of one call the same that measures.py asks of the lake for many."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from chalicelib.budgets.generations import CountedRule
from chalicelib.budgets.measures import MEASURES
from chalicelib.budgets.vocabulary import AlertMetricType as Metric
from chalicelib.ports.counters import BASE, USED, Amounts
from chalicelib.reports.measures import plain

Row = Mapping[str, Any]
Read = Callable[[Row], int]
UNPRICED, UNPRICED_BASE = "unpriced", "unpriced base"
"""Fields of counters: calls that count as nothing, because their cost is not known."""
TOLD = "told"
"""A field of the counter without a group: that the bases of its family have been told."""
_BASES = {USED: BASE, UNPRICED: UNPRICED_BASE}
_MILLION = Decimal(10**6)
_EXACT, _DIGITS = Context(prec=50), Decimal("1e-9")
_FINEST = Decimal("1e-9")
"""The finest unit of all metrics, a nano-USD: a line below it is as good as one there."""


def _of_column(name: str) -> Read:
    return lambda row: row.get(name) or 0


def _of_kind(kind: str) -> Read:
    return lambda row: int(row.get("kind") == kind)


def _of_real(name: str) -> Read:
    """In millionths."""
    return lambda row: int(
        (Decimal(str(row.get(name) or 0)) * _MILLION).quantize(Decimal(1), ROUND_HALF_UP)
    )


def _failed(row: Row) -> int:
    told = row.get("error_reason") is not None or row.get("error_code") is not None
    return int(told or row.get("stop_reason") == "ERROR")


def _one(_row: Row) -> int:
    return 1


READS: Mapping[str, Read] = {
    Metric.TOTAL_COST: _of_column("cost_nano"),
    Metric.TOKEN_COUNT: _of_column("total_tokens"),
    Metric.INPUT_TOKEN_COUNT: _of_column("input_tokens"),
    Metric.OUTPUT_TOKEN_COUNT: _of_column("output_tokens"),
    Metric.CACHED_TOKEN_COUNT: _of_column("cache_read_tokens"),
    Metric.ERROR_COUNT: _failed,
    Metric.REQUEST_COUNT: _one,
    Metric.IMAGE_COUNT: _of_column("images"),
    Metric.VIDEO_COUNT: _of_kind("VIDEO"),
    Metric.AUDIO_COUNT: _of_kind("AUDIO"),
    Metric.CHARACTER_COUNT: _of_column("characters"),
    Metric.CREDITS_CONSUMED: _of_real("credits"),
    Metric.DURATION_SECONDS: _of_real("seconds"),
}
"""What one row of ai_events counts for, by metric. What is not here does not add up, and is asked
of the lake alone."""


def scale(metric: str, amount: int) -> Decimal:
    """An amount in the unit of its metric."""
    return plain(Decimal(amount).scaleb(MEASURES[metric].exponent))


def unscale(metric: str, value: Decimal) -> int:
    """A line in the unit of a metric as an amount: what is below the finest unit is cut, so that
    nothing goes over the line."""
    return int(value.scaleb(-MEASURES[metric].exponent))


def fraction(value: Decimal, line: Decimal) -> Decimal:
    """A value as a fraction of a line, however low that is, at nine decimals."""
    exact = _EXACT.divide(value, max(line, _FINEST))
    return plain(exact.quantize(_DIGITS, context=_EXACT))


def amounts_of(rule: CountedRule, row: Row, assistants: Sequence[str]) -> Amounts:
    """What a call counts for under a rule that it passes, by field. `assistants` are those whose
    calls cost money."""
    if row.get("deleted"):
        return {}
    if not rule.is_money:
        return {USED: READS[rule.metric](row)}
    if is_covered(row, assistants):
        return {}
    cost = row.get("cost_nano")
    if cost is not None:
        return {USED: cost}
    return {UNPRICED: 1, USED: rule.nano_per_token * (row.get("total_tokens") or 0)}


def is_covered(row: Row, assistants: Sequence[str]) -> bool:
    """Whether a flat plan covers the call, so that it costs nothing."""
    assistant = row.get("assistant")
    return assistant is not None and assistant not in assistants


def made_at(row: Row) -> int:
    """When a version of a call was made, UTC epoch ms."""
    return int(row.get("revised_at") or row["received_at"])


def as_base(amounts: Amounts) -> Amounts:
    """The same amounts, in the fields of what was used before counting began."""
    return {_BASES[name]: amount for name, amount in amounts.items()}
