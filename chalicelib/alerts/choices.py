"""Choices: the values that filters of rules may name."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.alerts.billed import COLUMNS, name_workspaces
from chalicelib.alerts.choice_schemas import FilterValuesQuery, ProviderDimensionsQuery
from chalicelib.alerts.vocabulary import DataSource
from chalicelib.budgets.cost_controls import NOT_IN_CALLS
from chalicelib.budgets.selecting import DIMENSIONS
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType
from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.errors import NotFound
from chalicelib.kit.pages import page_block
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import Dimension
from chalicelib.ports.documents import fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.billed import BilledQuestion, ask
from chalicelib.providers.periods import Period
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, count_rows
from chalicelib.reports.planner import Question
from chalicelib.reports.service import ask_rows, find_renames

Json = dict[str, Any]
_LATELY = 90 * DAY
_BILLED = (
    AlertMetricType.TOTAL_COST,
    AlertMetricType.TOKEN_COUNT,
    AlertMetricType.INPUT_TOKEN_COUNT,
    AlertMetricType.OUTPUT_TOKEN_COUNT,
)
KINDS = {
    "providers": AlertDimension.PROVIDER,
    "workspaces": AlertDimension.WORKSPACE,
    "api-keys": AlertDimension.API_KEY,
    "models": AlertDimension.MODEL,
}


def list_filter_values(world: World, team: Scope, query: FilterValuesQuery) -> Json:
    """A page of the values of a dimension, none of one that no call has. Raises EngineBusy."""
    names: Sequence[str] = ()
    if query.dimension not in NOT_IN_CALLS:
        prefix = fold(query.prefix or "")
        found = _ask_names(world, team, query.dimension)
        names = sorted(name for name in set(found) if fold(name).startswith(prefix))
    return {
        "dimension": query.dimension,
        "items": query.request.cut(names),
        "total": len(names),
        "page": page_block(query.request, len(names)),
    }


def _ask_names(world: World, team: Scope, wanted: AlertDimension) -> Iterator[str]:
    """What calls went by; persons by their id and their e-mail address."""
    now = world.now()
    asker = Asker.of(world, team)
    for dimension in DIMENSIONS[wanted]:
        by: tuple[Dimension, ...] = (replace(dimension, absent=None),)
        renames = find_renames(world, team, [dimension.column])
        question = Question(by, (count_rows(CALLS),), renames=renames)
        yield from ask_rows(asker, Window(now - _LATELY, now), question).names


def list_provider_dimensions(
    world: World, team: Scope, kind: str, query: ProviderDimensionsQuery
) -> Json:
    """A page of what rules on providers' bills may name, of a kind. Raises NotFound for another
    kind, TooManyRows, EngineBusy."""
    if kind == "metrics":
        return {"items": [{"id": each, "name": each} for each in _BILLED], "total": len(_BILLED)}
    if kind not in KINDS:
        raise NotFound(f"there is no such dimension: it is one of {', '.join(KINDS)}, metrics")
    text = fold(query.query or "")
    found = [item for item in _billed_items(world, team, KINDS[kind]) if text in fold(item["name"])]
    return {"items": query.request.cut(found), "total": len(found)}


def describe_provider_dimensions(world: World, team: Scope) -> Json:
    """What rules on providers' bills may name, of all kinds. Raises TooManyRows, EngineBusy."""
    return {
        "providers": _billed_items(world, team, AlertDimension.PROVIDER),
        "workspaces": _billed_items(world, team, AlertDimension.WORKSPACE),
        "apiKeys": _billed_items(world, team, AlertDimension.API_KEY),
        "models": _billed_items(world, team, AlertDimension.MODEL),
        "metrics": list(_BILLED),
        "dataSource": DataSource.PROVIDER,
    }


def _billed_items(world: World, team: Scope, dimension: AlertDimension) -> list[Json]:
    """What stood on bills lately, by name."""
    now = world.now()
    period = Period(day_of(now - _LATELY), day_of(now))
    lines = ask(world, team, BilledQuestion(period, ("provider", *COLUMNS[dimension]), {}))
    names = {line.names[1]: line.names[-1] or line.names[1] for line in lines if line.names[1]}
    if dimension is AlertDimension.WORKSPACE:
        titles = name_workspaces(world, team)
        names |= {each: title for (_, each), title in titles.items() if each in names}
    return [
        {"id": each, "name": name}
        for each, name in sorted(names.items(), key=lambda pair: (fold(pair[1]), pair[0]))
    ]
