"""Metrics: which figures a report shows of each group, from which terms they are made, and in which
unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import IntEnum
from typing import Protocol

from chalicelib.ports.engine import Value
from chalicelib.reports import facts
from chalicelib.reports.facts import CALLS, CHARGES, TOOL_CALLS, FactTable, Term
from chalicelib.reports.measures import PERCENTILES, Measure, figure, quotient
from chalicelib.reports.rows import Amounts

Terms = tuple[Term, ...]


class Unit(IntEnum):
    """What stored integers are multiplied by, as a power of ten."""

    USD = -9
    SECONDS = -3
    PLAIN = 0
    """Milliseconds, tokens, numbers of rows."""


class Formula(Protocol):
    """How a figure is made. `asked` is the query parameter metricType, which not every formula
    heeds; callers pass it by place."""

    @property
    def is_money(self) -> bool:
        """Whether calls whose price is not known are missing in it."""

    @property
    def heeds(self) -> bool:
        """Whether `asked` makes a difference."""

    def adds(self, asked: Measure, /) -> bool:
        """Whether it is one term whose sum over rows gives the sum of their figures."""

    def terms(self, asked: Measure, /) -> Terms:
        """What must be asked of the lake."""

    def value(self, asked: Measure, row: Amounts, /) -> Decimal:
        """The figure of a group; 0 where nothing is known."""


@dataclass(frozen=True, slots=True)
class Stat:
    """A measure over one column: the one that is asked for unless `measure` says which.

    `known` is the column of rollups that counts the rows with a value, for averages.
    """

    fact: FactTable
    column: str
    known: str
    unit: Unit
    measure: Measure | None = None

    @property
    def is_money(self) -> bool:
        """See Formula."""
        return self.unit is Unit.USD

    @property
    def heeds(self) -> bool:
        """See Formula."""
        return self.measure is None

    def adds(self, asked: Measure) -> bool:
        """See Formula."""
        return (self.measure or asked) is not Measure.AVG

    def terms(self, asked: Measure) -> Terms:
        """See Formula."""
        measure = self.measure or asked
        if measure is Measure.AVG:
            known = facts.count_values(self.fact, self.column, self.known)
            return facts.sum_of(self.fact, self.column), known
        if measure is Measure.COUNT:
            return (facts.count_rows(self.fact),)
        if measure in PERCENTILES:
            return (facts.percentile_of(self.fact, self.column, PERCENTILES[measure]),)
        return (_PLAIN[measure](self.fact, self.column),)

    def value(self, asked: Measure, row: Amounts) -> Decimal:
        """See Formula."""
        term, *counts = self.terms(asked)
        rows = 0
        if counts:
            rows = integer(row.get(counts[0].name)) or 0
        return figure(self.measure or asked, integer(row.get(term.name)), rows, self.unit)


_PLAIN: Mapping[Measure, Callable[[FactTable, str], Term]] = {
    Measure.SUM: facts.sum_of,
    Measure.MIN: facts.least,
    Measure.MAX: facts.most,
}


@dataclass(frozen=True, slots=True)
class Sum:
    """One term as it is."""

    term: Term
    unit: Unit
    heeds: bool = False

    @property
    def is_money(self) -> bool:
        """See Formula."""
        return self.unit is Unit.USD

    def adds(self, _: Measure) -> bool:
        """See Formula."""
        return True

    def terms(self, _: Measure) -> Terms:
        """See Formula."""
        return (self.term,)

    def value(self, _: Measure, row: Amounts) -> Decimal:
        """See Formula."""
        return figure(Measure.SUM, integer(row.get(self.term.name)), 0, self.unit)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One sum divided by that of others, times ten to the `exponent`; 0 without a divisor. No
    average of averages."""

    over: Term
    under: Terms
    exponent: int = 0
    is_money: bool = False
    heeds: bool = False

    def adds(self, _: Measure) -> bool:
        """See Formula."""
        return False

    def terms(self, _: Measure) -> Terms:
        """See Formula."""
        return self.over, *self.under

    def value(self, _: Measure, row: Amounts) -> Decimal:
        """See Formula."""
        over = _number(row, self.over)
        under = sum(_number(row, term) for term in self.under)
        return quotient(over, under, self.exponent)


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left of revenue after cost, in percent of the revenue (0 without revenue), or, unless
    it `is_share`, in USD."""

    revenue: Term
    cost: Term
    is_share: bool = True
    is_money: bool = True
    heeds: bool = False

    def adds(self, _: Measure) -> bool:
        """See Formula."""
        return False

    def terms(self, _: Measure) -> Terms:
        """See Formula."""
        return self.revenue, self.cost

    def value(self, _: Measure, row: Amounts) -> Decimal:
        """See Formula."""
        revenue, cost = _number(row, self.revenue), _number(row, self.cost)
        if not self.is_share:
            return figure(Measure.SUM, revenue - cost, 0, Unit.USD)
        return quotient(revenue - cost, revenue, 2)


def _number(row: Amounts, term: Term) -> int:
    """A term that is a number; 0 when it is null."""
    return integer(row.get(term.name)) or 0


def integer(value: Value) -> int | None:
    """A term that is a number; None when it is null. Raises TypeError for anything else."""
    if value is None or isinstance(value, int):
        return value
    raise TypeError(f"the engine answered {value!r} where an integer was asked for")


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of each group. `name` is the metricType, from which clients know the unit: the
    word COST means money. `extras` are further members with fixed values, `attributes` further
    members whose values are texts of the group."""

    label: str
    name: str
    formula: Formula
    extras: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Term] = field(default_factory=dict)


def cost(measure: Measure | None = None) -> Stat:
    """What calls cost, USD."""
    return Stat(CALLS, "cost_nano", "priced", Unit.USD, measure)


def revenue(measure: Measure | None = None) -> Stat:
    """What was earned, USD."""
    return Stat(CHARGES, "usd_nano", "priced", Unit.USD, measure)


def duration(unit: Unit) -> Stat:
    """How long calls took, in seconds, or milliseconds when the unit is plain."""
    return Stat(CALLS, "duration_ms", "timed", unit)


TOOL_COST = Stat(TOOL_CALLS, "cost_nano", "priced", Unit.USD, Measure.SUM)
TOOL_TIME = Stat(TOOL_CALLS, "duration_ms", "timed", Unit.PLAIN, Measure.AVG)
"""Milliseconds."""
RUNS = Stat(CALLS, "cost_nano", "priced", Unit.PLAIN, Measure.COUNT)
TOOL_RUNS = Stat(TOOL_CALLS, "cost_nano", "priced", Unit.PLAIN, Measure.COUNT)


def tokens(column: str) -> Stat:
    """A sum of tokens."""
    return Stat(CALLS, column, "", Unit.PLAIN, Measure.SUM)


def tokens_per_minute(column: str) -> Ratio:
    """Tokens a minute, over the minutes that had calls."""
    return Ratio(facts.sum_of(CALLS, column), (facts.MINUTES, facts.MINUTES_BEFORE))


SUCCESS_RATE = Ratio(facts.SUCCESSES, (facts.count_rows(TOOL_CALLS),), exponent=2)
"""Percent."""
MARGIN = Margin(facts.sum_of(CHARGES, "usd_nano"), facts.FULL_COST)
"""Percent. Tools cost what they are billed for, as models do."""
PROFIT = replace(MARGIN, is_share=False)
"""USD."""
