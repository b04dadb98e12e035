"""The values that occur in what a team has ever metered: what its lists can be narrowed by."""

from typing import Any

from chalicelib.kit.clock import DAY, day_start
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import API_KEY, Dimension
from chalicelib.lake.extent import first_kept_day
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, count_rows, text
from chalicelib.reports.planner import Question
from chalicelib.reports.rows import NOTHING, Rows
from chalicelib.reports.service import ask_rows, find_renames


def list_unique_names(world: World, team: Scope, dimension: Dimension) -> list[str]:
    """The values of a dimension, sorted. Raises EngineBusy."""
    question = Question((dimension,), (count_rows(CALLS),))
    return sorted(set(_ask(world, team, question).names) - {str(dimension.absent)})


def list_unique_keys(world: World, team: Scope) -> list[dict[str, Any]]:
    """The credentials of calls, by name, with their ids. Raises EngineBusy."""
    ids = text(CALLS, API_KEY.ident)
    rows = _ask(world, team, Question((API_KEY,), (count_rows(CALLS), ids)))
    keys: list[dict[str, Any]] = []
    for group in sorted(rows, key=lambda group: group.name):
        if group.name != API_KEY.absent:
            identity = group.terms[ids.name]
            keys.append({"id": identity, "label": group.name, "resourceType": "credential"})
    return keys


def has_any_call(world: World, team: Scope) -> bool:
    """Whether any AI call was ever stored."""
    return first_kept_day(world, team, CALLS.table.name) is not None


def _ask(world: World, team: Scope, question: Question) -> Rows:
    """What the lake answers about all of its days."""
    first = first_kept_day(world, team, CALLS.table.name, "")
    if first is None:
        return NOTHING
    columns = [dimension.column for dimension in question.by]
    renamed = Question(question.by, question.terms, renames=find_renames(world, team, columns))
    window = Window(day_start(first), world.now() + 2 * DAY)
    return ask_rows(Asker.of(world, team), window, renamed)
