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
    COST_KNOWN,
    COST_ROWS,
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
class Known:
    """What a sum of money is made of: so many rows, and the amount of so many is known."""

    rows: Term
    known: Term

    def is_unknown(self, sums: Sums) -> bool:
        """Whether there are rows and nobody knows the amount of any: the sum is not 0 then."""
        return bool(sums.get(self.rows.name)) and not sums.get(self.known.name)


@dataclass(frozen=True)
class ChartMetric:
    """A metric: the sum `over`, without the sum `less`, times ten to the `exponent` in its unit.
    `under` counts the calls whose value is known, or is what a ratio is made by; `unrated` counts
    what is missing because nobody knows its exchange rate. `column` has the value of one call,
    empty where it has none.

    Every metric of money declares what its sums are made of: `cost` are the calls whose cost is in
    it, of which is told how many have none; `amount` is other money. Where nothing is known of one
    of them the figure is None. `adds`: parts of it make a whole. `groupings`: by what it may be
    grouped and filtered.
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
    cost: Known | None = None
    amount: Known | None = None
    adds: bool = True
    source: Source = Source.LAKE
    groupings: tuple[ChartDimension, ...] = OF_CALLS

    def terms(self, calculation: Calculation) -> tuple[Term, ...]:
        """What is added up, or drawn together in another way. No percentile is made of any."""
        if self.column and calculation is Calculation.MINIMUM:
            return (least(CALLS, self.column),)
        if self.column and calculation is Calculation.MAXIMUM:
            return (most(CALLS, self.column),)
        wanted = [self.over, self.less, self.under, self.unrated]
        for each in (self.cost, self.amount):
            wanted += [each.rows, each.known] if each else []
        return tuple(dict.fromkeys(term for term in wanted if term))

    def value(self, calculation: Calculation, sums: Sums, parts: int = 1) -> Decimal | None:
        """The figure of some calls; None of a mean, a least, a most or a percentile of none, and of
        money of which nobody knows anything.
        `parts`: over how many buckets an additive metric is averaged. Of PERCENTAGE it is what has
        to be divided by the whole. Quotients have 18 decimals."""
        if calculation in SHARES:
            return self.scale(sums.get(calculation))
        if any(each.is_unknown(sums) for each in (self.cost, self.amount) if each):
            return None
        if calculation in (Calculation.MINIMUM, Calculation.MAXIMUM):
            return self.scale(sums.get(self.terms(calculation)[0].name))
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
VALUES = Known(_told("jobs_valued"), _told("jobs_rated"))
SPENT, SPENT_ON_KNOWN = _told("jobs_spent_nano"), _told("jobs_known_spent_nano")
"""Nano-USD of all calls of jobs, failed ones too, and of the tools that their agents used; and
that of jobs whose cost is known. Where costs are told, only these jobs are counted."""
SPENDING = Known(_told("jobs_calls"), _told("jobs_calls_priced"))
BUDGET_CALLS = Known(_told("budgets_calls", MOST), _told("budgets_calls_priced", MOST))
"""Calls that count under a budget, of the bucket that has most of them."""
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
        SPENT if under is SPENT else SPENT_ON_KNOWN,
        under=under,
        exponent=-9,
        calculations=_COUNTED if under is SPENT else _RATE,
        cost=SPENDING,
        adds=under is SPENT,
        source=Source.SPENDING,
        groupings=OF_JOBS,
    )


_REVENUE = sum_of(CHARGES, "usd_nano")
"""What subscriptions earned. It names customers and products, and no agents or models: by these it
stands in the group of none."""
_EARNED = Known(count_rows(CHARGES), count_priced(CHARGES))
_COST = Known(COST_ROWS, COST_KNOWN)
_OF_MONEY = (
    ChartMetric(
        "totalCost",
        "Total cost",
        "USD",
        sum_of(CALLS, "cost_nano"),
        under=count_priced(CALLS),
        column="cost_nano",
        exponent=-9,
        cost=Known(REQUESTS, count_priced(CALLS)),
    ),
    ChartMetric(
        "revenue",
        "Revenue",
        "USD",
        _REVENUE,
        under=count_rows(CHARGES),
        exponent=-9,
        calculations=_COUNTED,
        amount=_EARNED,
    ),
    ChartMetric(
        "profit",
        "Revenue less cost",
        "USD",
        _REVENUE,
        less=FULL_COST,
        exponent=-9,
        calculations=(Calculation.TOTAL, Calculation.AVERAGE),
        cost=_COST,
        amount=_EARNED,
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
        cost=_COST,
        amount=_EARNED,
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
        amount=Known(count_rows(BILLED), count_values(BILLED, "usd_nano", "priced")),
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
        amount=VALUES,
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
        cost=BUDGET_CALLS,
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
        cost=BUDGET_CALLS,
        adds=False,
        source=Source.BUDGETS,
        groupings=OF_BUDGETS,
    ),
)
METRICS = {metric.key: metric for metric in (*_OF_MONEY, *_OF_USE, *_OF_WORK)}
