"""Usage: what has been used under a rule in its window, by group.

The lake is asked by all dimensions that the rule looks at; its filters are held against the names
that come back, so that rollups answer whatever the operator is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.budgets.records import CostControl, RuleFilter
from chalicelib.budgets.vocabulary import (
    AlertDimension,
    AlertFilterOperator,
    CostControlMetricType,
)
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import (
    AGENT,
    API_KEY,
    MODEL,
    ORGANIZATION,
    PRODUCT,
    PROVIDER,
    TASK,
    TEAM,
    USER,
    Dimension,
)
from chalicelib.lake.sql import Sql
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, Term, count_priced, count_rows, sum_of
from chalicelib.reports.measures import plain
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Condition, Question
from chalicelib.reports.rows import Group
from chalicelib.reports.service import ask_rows, find_renames

_NOBODY = ""
_PERSON = (replace(TEAM, absent=_NOBODY), replace(USER, absent=_NOBODY))
_DIMENSIONS: Mapping[AlertDimension, tuple[Dimension, ...]] = {
    AlertDimension.ORGANIZATION: (replace(ORGANIZATION, absent=_NOBODY),),
    AlertDimension.PRODUCT: (replace(PRODUCT, absent=_NOBODY),),
    AlertDimension.CREDENTIAL: (replace(API_KEY, absent=_NOBODY),),
    AlertDimension.MODEL: (replace(MODEL, absent=_NOBODY),),
    AlertDimension.PROVIDER: (replace(PROVIDER, absent=_NOBODY),),
    AlertDimension.AGENT: (replace(AGENT, absent=_NOBODY),),
    AlertDimension.TASK_TYPE: (replace(TASK, absent=_NOBODY),),
    AlertDimension.SUBSCRIBER: _PERSON,
}
"""The dimensions of calls behind those of rules; of persons, their id and their e-mail address."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """How a metric is counted: a term of the calls that pass, times ten to the `exponent`."""

    term: Term
    exponent: int = 0
    kinds: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


_FAILED = Condition(
    ("error_reason", "error_code", "stop_reason"),
    Sql("(error_reason is not null or error_code is not null or stop_reason = ?)", ("ERROR",)),
)
_CREDITS = Term(
    "ai_micro_credits", (CALLS,), "cast(round(credits * 1000000) as bigint)", ("credits",)
)
_MEASURES: Mapping[CostControlMetricType, _Measure] = {
    CostControlMetricType.TOTAL_COST: _Measure(sum_of(CALLS, "cost_nano"), -9),
    CostControlMetricType.TOKEN_COUNT: _Measure(sum_of(CALLS, "total_tokens")),
    CostControlMetricType.INPUT_TOKEN_COUNT: _Measure(sum_of(CALLS, "input_tokens")),
    CostControlMetricType.OUTPUT_TOKEN_COUNT: _Measure(sum_of(CALLS, "output_tokens")),
    CostControlMetricType.CACHED_TOKEN_COUNT: _Measure(sum_of(CALLS, "cache_read_tokens")),
    CostControlMetricType.ERROR_COUNT: _Measure(count_rows(CALLS), conditions=(_FAILED,)),
    CostControlMetricType.IMAGE_COUNT: _Measure(sum_of(CALLS, "images")),
    CostControlMetricType.VIDEO_COUNT: _Measure(count_rows(CALLS), kinds=("VIDEO",)),
    CostControlMetricType.AUDIO_COUNT: _Measure(count_rows(CALLS), kinds=("AUDIO",)),
    CostControlMetricType.CHARACTER_COUNT: _Measure(sum_of(CALLS, "characters")),
    CostControlMetricType.CREDITS_CONSUMED: _Measure(_CREDITS, -6),
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What has been used under a rule, in the unit of its metric: by group, where the rule has
    groups (calls without a value in the dimension are in none), and in all. `unpriced`: calls that
    count as nothing because their cost is not known."""

    total: Decimal
    groups: Mapping[str, Decimal]
    unpriced: int


def read_usage(asker: Asker, rule: CostControl, window: Window) -> Usage:
    """What has been used under a rule in a window. Raises EngineBusy."""
    measure = _MEASURES[rule.metric]
    is_money = rule.metric is CostControlMetricType.TOTAL_COST
    by = _dimensions_of(rule)
    terms = [measure.term]
    if is_money:
        terms += [count_rows(CALLS), count_priced(CALLS)]
    question = Question(
        by=by,
        terms=tuple(dict.fromkeys(terms)),
        filters={"kind": measure.kinds} if measure.kinds else {},
        assistants=find_billed_assistants(asker.world.documents, asker.team) if is_money else None,
        renames=find_renames(asker.world, asker.team, [each.column for each in by]),
        conditions=measure.conditions,
    )
    total, unpriced = 0, 0
    groups: dict[str, int] = {}
    for group in ask_rows(asker, window, question):
        names = _Names(by, group)
        if not all(names.pass_filter(each) for each in rule.filters):
            continue
        amount = integer(group.terms.get(measure.term.name)) or 0
        total += amount
        if is_money:
            rows, priced = (integer(group.terms.get(each.name)) or 0 for each in terms[1:])
            unpriced += rows - priced
        if rule.group_by and (name := names.first(rule.group_by)):
            groups[name] = groups.get(name, 0) + amount
    shown = {name: _scale(amount, measure) for name, amount in groups.items()}
    return Usage(_scale(total, measure), shown, unpriced)


def _scale(amount: int, measure: _Measure) -> Decimal:
    return plain(Decimal(amount).scaleb(measure.exponent))


def _dimensions_of(rule: CostControl) -> tuple[Dimension, ...]:
    """All dimensions that a rule looks at."""
    wanted = [each.dimension for each in rule.filters]
    if rule.group_by:
        wanted.append(rule.group_by)
    found: dict[Dimension, None] = {}
    for each in wanted:
        found.update(dict.fromkeys(_DIMENSIONS[each]))
    return tuple(found)


class _Names:
    """The names of a group of calls, by the dimensions of rules."""

    def __init__(self, by: Sequence[Dimension], group: Group) -> None:
        self._names = dict(zip(by, group.names, strict=True))

    def first(self, dimension: AlertDimension) -> str:
        """The name that the calls go by; empty where they have none."""
        for each in _DIMENSIONS[dimension]:
            if name := self._names[each]:
                return name
        return ""

    def pass_filter(self, wanted: RuleFilter) -> bool:
        """Whether the calls pass a filter. Providers are compared whatever their case, and so are
        persons; a person goes by id and by e-mail address."""
        folds = wanted.dimension in (AlertDimension.PROVIDER, AlertDimension.SUBSCRIBER)
        names = [self._names[each] or "" for each in _DIMENSIONS[wanted.dimension]]
        values: Sequence[str] = wanted.values
        if folds:
            names = [name.strip().lower() for name in names]
            values = [value.strip().lower() for value in values]
        hits = [_compare(wanted.operator, name, values) for name in names if name]
        return all(hits) if wanted.operator is AlertFilterOperator.IS_NOT else any(hits)


def _compare(operator: AlertFilterOperator, name: str, values: Sequence[str]) -> bool:
    if operator is AlertFilterOperator.CONTAINS:
        return values[0] in name
    if operator is AlertFilterOperator.STARTS_WITH:
        return name.startswith(values[0])
    if operator is AlertFilterOperator.ENDS_WITH:
        return name.endswith(values[0])
    return (name in values) is not (operator is AlertFilterOperator.IS_NOT)
