"""Metrics of charts: what may be calculated of each, and by what it may be grouped."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from chalicelib.charts.vocabulary import Calculation, ChartDimension
from chalicelib.reports.facts import (
    BILLED,
    CALLS,
    CHARGES,
    FAILURES,
    FULL_COST,
    MOST,
    UNRATED,
    Term,
    count_priced,
    count_rows,
    count_values,
    least,
    most,
    sum_of,
)
from chalicelib.reports.measures import PERCENTILES, Measure, plain, quotient

Sums = Mapping[str, int]
"""The terms of some calls, by name."""
REQUESTS = count_rows(CALLS)
SHARES = {
    Calculation.P50: PERCENTILES[Measure.P50],
    Calculation.P90: PERCENTILES[Measure.P90],
    Calculation.P95: PERCENTILES[Measure.P95],
    Calculation.P99: PERCENTILES[Measure.P99],
}
"""The share of all values that each percentile is not exceeded by."""
_ALL = (
    Calculation.TOTAL,
    Calculation.AVERAGE,
    Calculation.PER_REQUEST,
    Calculation.MINIMUM,
    Calculation.MAXIMUM,
    Calculation.PERCENTAGE,
)
_COUNTED = (Calculation.TOTAL, Calculation.AVERAGE, Calculation.PERCENTAGE)
_TIMED = (Calculation.AVERAGE, Calculation.MINIMUM, Calculation.MAXIMUM, *SHARES)
_RATE = (Calculation.AVERAGE,)
OF_JOBS = (
    ChartDimension.JOB_TYPE,
    ChartDimension.JOB_ENVIRONMENT,
    ChartDimension.EXECUTION_STATUS,
    ChartDimension.OUTCOME_TYPE,
)
OF_BUDGETS = (ChartDimension.BUDGET,)
OF_CALLS = tuple(each for each in ChartDimension if each not in (*OF_JOBS, *OF_BUDGETS))


class Source(Enum):
    """Who tells the figures of a metric: the lake; jobs and their outcomes; what was spent on
    jobs; budgets, by the calls that they count."""

    LAKE = auto()
    JOBS = auto()
    SPENDING = auto()
    BUDGETS = auto()


@dataclass(frozen=True)
class ChartMetric:
    """A metric: the sum `over`, without the sum `less`, times ten to the `exponent` in its unit.
    `under` counts the calls whose value is known, or is what a ratio is made by; `unrated` counts
    what is missing because nobody knows its exchange rate. `column` has the value of one call,
    empty where it has none.

    `is_money`: calls whose cost is not known are missing in it. `adds`: parts of it make a whole.
    `groupings`: by what it may be grouped and filtered.
    """

    key: str
    label: str
    unit: str
    over: Term
    under: Term = REQUESTS
    less: Term | None = None
    unrated: Term | None = None
    column: str = ""
    exponent: int = 0
    calculations: tuple[Calculation, ...] = _ALL
    is_money: bool = False
    adds: bool = True
    source: Source = Source.LAKE
    groupings: tuple[ChartDimension, ...] = OF_CALLS

    def terms(self, calculation: Calculation) -> tuple[Term, ...]:
        """What is added up, or drawn together in another way. No percentile is made of any."""
        if self.column and calculation is Calculation.MINIMUM:
            return (least(CALLS, self.column),)
        if self.column and calculation is Calculation.MAXIMUM:
            return (most(CALLS, self.column),)
        wanted = (self.over, self.less, self.under, self.unrated)
        return tuple(dict.fromkeys(term for term in wanted if term))

    def value(self, calculation: Calculation, sums: Sums, parts: int = 1) -> Decimal | None:
        """The figure of some calls; None of a mean, a least, a most or a percentile of none, and of
        jobs whose cost nobody knows.
        `parts`: over how many buckets an additive metric is averaged. Of PERCENTAGE it is what has
        to be divided by the whole. Quotients have 18 decimals."""
        if calculation in SHARES:
            return self.scale(sums.get(calculation))
        if calculation in (Calculation.MINIMUM, Calculation.MAXIMUM):
            return self.scale(sums.get(self.terms(calculation)[0].name))
        if self.source is Source.SPENDING and sums and self.over.name not in sums:
            return None  # jobs of which no call has a known cost
        over, under = sums.get(self.over.name, 0), sums.get(self.under.name, 0)
        over -= sums.get(self.less.name, 0) if self.less else 0
        if calculation is Calculation.PER_REQUEST or not self.adds:
            return quotient(over, under, self.exponent) if under else None
        if calculation is Calculation.AVERAGE:
            return quotient(over, parts, self.exponent)
        return self.scale(over)

    def scale(self, amount: int | None) -> Decimal | None:
        """An amount in the unit of the metric."""
        return None if amount is None else plain(Decimal(amount).scaleb(self.exponent))


def _tokens(key: str, label: str, column: str) -> ChartMetric:
    return ChartMetric(key, label, "tokens", sum_of(CALLS, column), column=column)


def _duration(key: str, label: str, column: str, known: str) -> ChartMetric:
    return ChartMetric(
        key,
        label,
        "ms",
        sum_of(CALLS, column),
        under=count_values(CALLS, column, known),
        column=column,
        calculations=_TIMED,
        adds=False,
    )


def _told(name: str, combine: str = "") -> Term:
    """A term of what is no row of the lake, and is counted here."""
    return Term(name, (), "", combine=combine)


JOBS, REPORTED = _told("jobs"), _told("jobs_reported")
FINISHED, SUCCEEDED = _told("jobs_finished"), _told("jobs_succeeded")
CONVERTED, ENDED = _told("jobs_converted"), _told("jobs_ended")
VALUE, UNRATED_VALUES = _told("jobs_value_nano"), _told("jobs_unrated")
"""Nano-USD that jobs are worth, and the jobs whose value is in a currency without a rate."""
SPENT = _told("jobs_spent_nano")
"""Nano-USD of all calls of jobs, failed ones too, and of the tools that their agents used."""
BUDGET_USED = _told("budgets_used_nano")
BUDGET_SHARE = _told("budgets_share", MOST)
"""Billionths of a limit. The fullest budget tells that of several."""


def _of_jobs(key: str, label: str, over: Term) -> ChartMetric:
    return ChartMetric(
        key,
        label,
        "count",
        over,
        under=JOBS,
        calculations=_COUNTED,
        source=Source.JOBS,
        groupings=OF_JOBS,
    )


def _rate_of_jobs(key: str, label: str, over: Term, under: Term) -> ChartMetric:
    return ChartMetric(
        key,
        label,
        "percent",
        over,
        under=under,
        exponent=2,
        calculations=_RATE,
        adds=False,
        source=Source.JOBS,
        groupings=OF_JOBS,
    )


def _cost_of_jobs(key: str, label: str, under: Term) -> ChartMetric:
    return ChartMetric(
        key,
        label,
        "USD",
        SPENT,
        under=under,
        exponent=-9,
        calculations=_COUNTED if under is SPENT else _RATE,
        is_money=True,
        adds=under is SPENT,
        source=Source.SPENDING,
        groupings=OF_JOBS,
    )


_REVENUE = sum_of(CHARGES, "usd_nano")
"""What subscriptions earned. It names customers and products, and no agents or models: by these it
stands in the group of none."""
_OF_MONEY = (
    ChartMetric(
        "totalCost",
        "Total cost",
        "USD",
        sum_of(CALLS, "cost_nano"),
        under=count_priced(CALLS),
        column="cost_nano",
        exponent=-9,
        is_money=True,
    ),
    ChartMetric(
        "revenue",
        "Revenue",
        "USD",
        _REVENUE,
        under=count_rows(CHARGES),
        exponent=-9,
        calculations=_COUNTED,
    ),
    ChartMetric(
        "profit",
        "Revenue less cost",
        "USD",
        _REVENUE,
        less=FULL_COST,
        exponent=-9,
        calculations=(Calculation.TOTAL, Calculation.AVERAGE),
        is_money=True,
    ),
    ChartMetric(
        "margin",
        "Margin",
        "percent",
        _REVENUE,
        less=FULL_COST,
        under=_REVENUE,
        exponent=2,
        calculations=_RATE,
        is_money=True,
        adds=False,
    ),
    ChartMetric(
        "billedCost",
        "Billed by providers",
        "USD",
        sum_of(BILLED, "usd_nano"),
        under=count_rows(BILLED),
        unrated=UNRATED,
        exponent=-9,
        calculations=_COUNTED,
        groupings=(ChartDimension.PROVIDER, ChartDimension.MODEL),
    ),
)
_OF_USE = (
    ChartMetric("requestCount", "Requests", "count", REQUESTS, calculations=_COUNTED),
    _tokens("tokenCount", "Tokens", "total_tokens"),
    _tokens("inputTokenCount", "Input tokens", "input_tokens"),
    _tokens("outputTokenCount", "Output tokens", "output_tokens"),
    _tokens("cachedTokenCount", "Cached tokens", "cache_read_tokens"),
    _tokens("cacheCreationTokenCount", "Tokens written to caches", "cache_creation_tokens"),
    _tokens("reasoningTokenCount", "Reasoning tokens", "reasoning_tokens"),
    ChartMetric(
        "errorCount",
        "Failed requests",
        "count",
        FAILURES,
        calculations=(*_COUNTED, Calculation.PER_REQUEST),
    ),
    _duration("duration", "Duration", "duration_ms", "timed"),
    _duration(
        "timeToFirstToken", "Time to first token", "time_to_first_token_ms", "first_token_timed"
    ),
)
_OF_WORK = (
    _of_jobs("jobCount", "Jobs", JOBS),
    _of_jobs("outcomeCount", "Jobs with an outcome", REPORTED),
    _rate_of_jobs("jobSuccessRate", "Successful jobs", SUCCEEDED, FINISHED),
    _rate_of_jobs("jobConversionRate", "Converted jobs", CONVERTED, SUCCEEDED),
    ChartMetric(
        "outcomeValue",
        "Value of outcomes",
        "USD",
        VALUE,
        under=JOBS,
        unrated=UNRATED_VALUES,
        exponent=-9,
        calculations=_COUNTED,
        source=Source.JOBS,
        groupings=OF_JOBS,
    ),
    _cost_of_jobs("jobCost", "Cost of jobs", SPENT),
    _cost_of_jobs("costPerJob", "Cost of a job", JOBS),
    _cost_of_jobs("costPerCompletedJob", "Cost of a completed job", FINISHED),
    _cost_of_jobs("costPerOutcome", "Cost of an outcome", ENDED),
    ChartMetric(
        "budgetUsed",
        "Used of budgets",
        "USD",
        BUDGET_USED,
        under=BUDGET_USED,
        exponent=-9,
        calculations=_COUNTED,
        is_money=True,
        source=Source.BUDGETS,
        groupings=OF_BUDGETS,
    ),
    ChartMetric(
        "budgetShare",
        "Used of the limit",
        "percent",
        BUDGET_SHARE,
        under=BUDGET_SHARE,
        exponent=-7,
        calculations=(Calculation.MAXIMUM,),
        is_money=True,
        adds=False,
        source=Source.BUDGETS,
        groupings=OF_BUDGETS,
    ),
)
METRICS = {metric.key: metric for metric in (*_OF_MONEY, *_OF_USE, *_OF_WORK)}
