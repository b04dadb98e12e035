"""Measures: how each metric of a rule is made from sums of calls.

Every measure is made of terms that add up, so that a mean or a ratio of any selection of calls is
one division at the end, and never a mean of means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from chalicelib.budgets.vocabulary import AlertMetricType
from chalicelib.kit.clock import MINUTE
from chalicelib.reports.facts import (
    CALLS,
    CHARGES,
    FAILURES,
    FULL_COST,
    TOKENS,
    Term,
    count_priced,
    count_rows,
    count_values,
    sum_of,
)
from chalicelib.reports.measures import plain, quotient

Sums = Mapping[str, int]
"""The terms of some calls, by name."""


@dataclass(frozen=True)
class Measure:
    """A metric: `over`, less `minus`, divided by `under` (None: as it is), times ten to the
    `exponent`. Of `kinds` of calls alone, where there are any.

    `is_money`: calls whose cost is not known are missing in it. `per_minute`: divided by the
    minutes of the window too.
    """

    over: Term
    exponent: int = 0
    under: Term | None = None
    minus: Term | None = None
    kinds: tuple[str, ...] = ()
    is_money: bool = False
    per_minute: bool = False

    @property
    def adds(self) -> bool:
        """Whether the values of parts add up to that of the whole, as use does and a rate does
        not."""
        return self.under is None and not self.per_minute

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What must be asked of the lake; where it is money, also how much of it is known."""
        terms = [term for term in (self.over, self.under, self.minus) if term is not None]
        if self.is_money:
            terms += [count_rows(CALLS), count_priced(CALLS)]
        return tuple(dict.fromkeys(terms))

    def value(self, sums: Sums, span_ms: int) -> Decimal | None:
        """The metric of some calls in a window so many milliseconds long; None without a divisor.
        Quotients have 18 decimals."""
        over = sums.get(self.over.name, 0)
        if self.minus is not None:
            over -= sums.get(self.minus.name, 0)
        if self.per_minute:
            return quotient(over * MINUTE, span_ms, self.exponent) if span_ms > 0 else None
        if self.under is None:
            return plain(Decimal(over).scaleb(self.exponent))
        under = sums.get(self.under.name, 0)
        return quotient(over, under, self.exponent) if under else None

    def count_unpriced(self, sums: Sums) -> int:
        """How many calls are missing in it because their cost is not known."""
        if not self.is_money:
            return 0
        return sums.get(count_rows(CALLS).name, 0) - sums.get(count_priced(CALLS).name, 0)


def _millionths(name: str, column: str, condition: str = "") -> Term:
    """The sum of a column of real numbers, in millionths; where a condition says so, of calls whose
    cost is known."""
    row = f"cast(round({column} * 1000000) as bigint)"
    columns: tuple[str, ...] = (column,)
    if condition:
        row, columns = f"case when {condition} is not null then {row} end", (column, condition)
    return Term(name, (CALLS,), row, columns)


_COST = sum_of(CALLS, "cost_nano")
_REQUESTS = count_rows(CALLS)
_SECONDS = _millionths("ai_micro_seconds", "seconds")
_TIMED_COST = Term(
    "ai_timed_cost",
    (CALLS,),
    "case when seconds is not null then cost_nano end",
    ("seconds", "cost_nano"),
)
_PRICED_SECONDS = _millionths("ai_priced_micro_seconds", "seconds", "cost_nano")
_PRICED_IMAGES = Term(
    "ai_priced_images",
    (CALLS,),
    "case when cost_nano is not null then images end",
    ("images", "cost_nano"),
)
_FIRST = "time_to_first_token_ms"
MEASURES: Mapping[str, Measure] = {
    AlertMetricType.TOTAL_COST: Measure(_COST, -9, is_money=True),
    AlertMetricType.COST_PER_TRANSACTION: Measure(
        _COST, -9, under=count_priced(CALLS), is_money=True
    ),
    AlertMetricType.TOKENS_PER_MINUTE: Measure(TOKENS, per_minute=True),
    AlertMetricType.TOKEN_COUNT: Measure(TOKENS),
    AlertMetricType.INPUT_TOKEN_COUNT: Measure(sum_of(CALLS, "input_tokens")),
    AlertMetricType.OUTPUT_TOKEN_COUNT: Measure(sum_of(CALLS, "output_tokens")),
    AlertMetricType.CACHED_TOKEN_COUNT: Measure(sum_of(CALLS, "cache_read_tokens")),
    AlertMetricType.TOKENS_PER_REQUEST: Measure(TOKENS, under=_REQUESTS),
    AlertMetricType.TIME_TO_FIRST_TOKEN: Measure(
        sum_of(CALLS, _FIRST), under=count_values(CALLS, _FIRST, "first_token_timed")
    ),
    AlertMetricType.DURATION: Measure(
        sum_of(CALLS, "duration_ms"), under=count_values(CALLS, "duration_ms", "timed")
    ),
    AlertMetricType.ERROR_COUNT: Measure(FAILURES),
    AlertMetricType.ERROR_RATE: Measure(FAILURES, 2, under=_REQUESTS),
    AlertMetricType.REQUESTS_PER_MINUTE: Measure(_REQUESTS, per_minute=True),
    AlertMetricType.REQUEST_COUNT: Measure(_REQUESTS),
    AlertMetricType.IMAGE_COUNT: Measure(sum_of(CALLS, "images")),
    AlertMetricType.VIDEO_COUNT: Measure(_REQUESTS, kinds=("VIDEO",)),
    AlertMetricType.AUDIO_COUNT: Measure(_REQUESTS, kinds=("AUDIO",)),
    AlertMetricType.CHARACTER_COUNT: Measure(sum_of(CALLS, "characters")),
    AlertMetricType.CREDITS_CONSUMED: Measure(_millionths("ai_micro_credits", "credits"), -6),
    AlertMetricType.DURATION_SECONDS: Measure(_SECONDS, -6),
    AlertMetricType.COST_PER_IMAGE: Measure(
        _COST, -9, under=_PRICED_IMAGES, kinds=("IMAGE",), is_money=True
    ),
    AlertMetricType.COST_PER_SECOND: Measure(
        _TIMED_COST, -3, under=_PRICED_SECONDS, kinds=("AUDIO", "VIDEO"), is_money=True
    ),
    AlertMetricType.MARGIN: Measure(
        sum_of(CHARGES, "usd_nano"), -9, minus=FULL_COST, is_money=True
    ),
}
"""By metric. A mean cost is one of calls whose cost is known. QUALITY_RATE is not here: no call
tells it."""
