"""Billed: what rules on providers' bills are evaluated on, from the days that were read of them.

A day that was not read of every bill is told and counts as nothing known, never as nothing billed:
where a value lacks it, a rule fires by it only when it is over its line without that day.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from chalicelib.alerts.records import AlertRule
from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import compare_names
from chalicelib.budgets.usage import Figures
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType
from chalicelib.kit.clock import DAY, MINUTE, day_of, day_start
from chalicelib.kit.days import list_days
from chalicelib.kit.memory import Memory
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.billed import Billed, BilledQuestion, ask
from chalicelib.providers.folding import billing_provider, model_name
from chalicelib.providers.lookup import connections_of_team, days_read, progresses_of
from chalicelib.providers.periods import Period, last_settled
from chalicelib.providers.workspaces import workspaces_of
from chalicelib.reports.measures import plain

COLUMNS: Mapping[AlertDimension, tuple[str, ...]] = {
    AlertDimension.PROVIDER: ("provider",),
    AlertDimension.MODEL: ("model",),
    AlertDimension.WORKSPACE: ("workspace_id", "workspace"),
    AlertDimension.API_KEY: ("api_key_id", "api_key"),
}
"""What bills tell by the dimensions of rules: ids, then names."""
_ALWAYS = ("provider", "day")
_KEPT_MS = 10 * MINUTE
_Key = tuple[Documents, Scope, Period, Sequence[str], tuple[int, ...]]
_answers: Memory[_Key, Sequence[Billed]] = Memory(64)
"""Rules are looked at each minute, bills are read each hour."""


@dataclass(frozen=True, slots=True)
class BilledReading:
    """What was billed in a period. `unread` are its past days (YYYY-MM-DD) that are not known of
    every bill, `unsettled` those that providers may still change, `unrated` lines are in a currency
    without an exchange rate; neither unread days nor unrated lines are in the figures, which have
    no total where no day at all is known."""

    period: Period
    figures: Figures
    unread: Sequence[str]
    unsettled: Sequence[str]
    unrated: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing that is over is missing in it."""
        return self.figures.total is not None and not self.unread and not self.unrated


@dataclass(frozen=True, slots=True)
class _Line:
    """Sums of one group of lines, and the names that it goes by."""

    billed: Billed
    names: Mapping[str, str]

    @property
    def provider(self) -> str:
        """Whose bill it stands on."""
        return self.names["provider"]

    def spell(self, dimension: AlertDimension) -> Sequence[str]:
        """What it is called by a dimension of rules."""
        names = [self.names[column] for column in COLUMNS[dimension]]
        if dimension is AlertDimension.MODEL:
            names.append(model_name(self.provider, names[0]))
        return names

    def passes(self, wanted: RuleFilter) -> bool:
        """Whether a filter keeps it."""
        return _keeps(wanted, self.spell(wanted.dimension))


def _keeps(wanted: RuleFilter, names: Sequence[str]) -> bool:
    """Whether a filter keeps what goes by these names; providers are those whose bill a label is
    on."""
    values: Sequence[str] = wanted.values
    if wanted.dimension is AlertDimension.PROVIDER:
        values = [*map(str.lower, values), *map(billing_provider, values)]
    return compare_names(wanted.operator, names, values)


def settled_period(days: int, now: int) -> Period:
    """The last so many days that are settled at an instant (UTC epoch ms)."""
    last = last_settled(now)
    return Period(day_of(day_start(last) - (days - 1) * DAY), last)


def running_period(start: int, end: int) -> Period:
    """The days of a budget from an instant on, whole ones alone, to the day of another one (UTC
    epoch ms). Empty, its first day after its last, where none has begun."""
    return Period(day_of(start + DAY - 1), day_of(end))


def read_billed(world: World, team: Scope, rule: AlertRule, period: Period) -> BilledReading:
    """What a rule's bills tell of a period. Raises TooManyRows, EngineBusy."""
    days = list_days(period.first, period.last)
    found = list(_read_lines(world, team, rule, period)) if days else []
    lines = [line for line in found if _is_about(rule, line.provider)]
    known = _known_days(world, team, rule, lines)
    kept = [line for line in lines if all(map(line.passes, rule.filters))]
    today, settled = day_of(world.now()), last_settled(world.now())
    # Without any bill no day is known.
    whole = set.intersection(*known or [set()])
    is_told = not set(days).isdisjoint(set[str]().union(*known))
    return BilledReading(
        period,
        _sum_up(rule, kept) if is_told else Figures(None, {}, 0),
        unread=[day for day in days if day < today and day not in whole],
        unsettled=[day for day in days if day > settled],
        unrated=sum(line.billed.unrated for line in kept),
    )


def _read_lines(world: World, team: Scope, rule: AlertRule, period: Period) -> Iterator[_Line]:
    """The lines of all bills in a period, by what the rule looks at."""
    wanted = [each.dimension for each in rule.filters]
    if rule.group_by is not None:
        wanted.append(rule.group_by)
    by = list(_ALWAYS)
    for each in wanted:
        by += COLUMNS[each]
    by = list(dict.fromkeys(by))
    question = BilledQuestion(period, tuple(by), {})
    marks = tuple(progress.finished_at for progress in progresses_of(world, team))
    key = (world.documents, team, period, question.by, marks)
    found = _answers.recall(key, world.now(), _KEPT_MS, partial(ask, world, team, question))
    titles: Mapping[tuple[str, str], str] = {}
    if AlertDimension.WORKSPACE in wanted:
        titles = name_workspaces(world, team)
    for billed in found:
        names = dict(zip(by, billed.names, strict=True))
        title = titles.get((names["provider"], names.get("workspace_id", "")))
        yield _Line(billed, names | {"workspace": title or names.get("workspace", "")})


def name_workspaces(world: World, team: Scope) -> Mapping[tuple[str, str], str]:
    """What workspaces are shown as, by provider and id."""
    return {
        (each.provider, each.workspace_id): each.display_name for each in workspaces_of(world, team)
    }


def _is_about(rule: AlertRule, provider: str) -> bool:
    """Whether a rule is about the bill of a provider."""
    return all(
        _keeps(each, [provider])
        for each in rule.filters
        if each.dimension is AlertDimension.PROVIDER
    )


def _known_days(
    world: World, team: Scope, rule: AlertRule, lines: Sequence[_Line]
) -> list[set[str]]:
    """The days that are known of each bill that a rule is about: those that a connection has read,
    and of bills that are imported those that have lines."""
    connections = connections_of_team(world, team)
    known = [
        days_read(world, team, each.id) for each in connections if _is_about(rule, each.provider)
    ]
    connected = {each.provider for each in connections}
    imported: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line.provider not in connected:
            imported[line.provider].add(line.names["day"][:10])
    return [*known, *imported.values()]


def _sum_up(rule: AlertRule, lines: Sequence[_Line]) -> Figures:
    groups: defaultdict[str, list[Billed]] = defaultdict(list)
    for line in lines:
        if rule.group_by is not None and (name := _name_of(line, rule.group_by)):
            groups[name].append(line.billed)
    found = {name: _amount_of(rule, members) for name, members in groups.items()}
    return Figures(_amount_of(rule, [line.billed for line in lines]), found, 0)


def _name_of(line: _Line, dimension: AlertDimension) -> str:
    """The name of its group, which is its id where it has none; empty for no group."""
    *_, last = COLUMNS[dimension]
    return line.names[last] or line.names[COLUMNS[dimension][0]]


def _amount_of(rule: AlertRule, lines: Sequence[Billed]) -> Decimal | None:
    """In the unit of the metric. Days that were read and have no lines are nothing billed; lines
    of which none tells tokens are tokens that nobody knows."""
    if rule.metric is AlertMetricType.TOTAL_COST:
        return plain(to_usd(sum(line.cost for line in lines)))
    told = [count for count in map(_COUNTS[rule.metric], lines) if count is not None]
    return Decimal(sum(told)) if told or not lines else None


_COUNTS: Mapping[AlertMetricType, Callable[[Billed], int | None]] = {
    AlertMetricType.TOKEN_COUNT: lambda line: line.tokens,
    AlertMetricType.INPUT_TOKEN_COUNT: lambda line: line.input_tokens,
    AlertMetricType.OUTPUT_TOKEN_COUNT: lambda line: line.output_tokens,
}


def show_billed(billed: BilledReading | None) -> dict[str, Any]:
    """What a value of bills lacks, as it is shown."""
    if billed is None:
        return {}
    return {
        "unreadDays": list(billed.unread),
        "unsettledDays": list(billed.unsettled),
        "unconvertedLines": billed.unrated,
    }
