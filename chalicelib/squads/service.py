"""Verbs of squads: what each operation answers."""

from typing import Any

from chalicelib.kit.http.messages import Request
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer, Coverage
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.hal import build_page
from chalicelib.squads import executions, groups
from chalicelib.squads.calls import read_calls
from chalicelib.squads.detail import show_detail
from chalicelib.squads.executions import ExecutionFilter, find_executions, read_execution
from chalicelib.squads.finding import find_group, newest_execution
from chalicelib.squads.grouping import Groups
from chalicelib.squads.groups import find_groups
from chalicelib.squads.history import History
from chalicelib.squads.paging import FoundRows, Row
from chalicelib.squads.presenting import show_execution, show_group, show_timeline
from chalicelib.squads.queries import (
    ExecutionQuery,
    GroupExecutionQuery,
    GroupQuery,
    SquadQuery,
    order_by,
)

GROUP_ROWS = "squadResourceList"
EXECUTION_ROWS = "squadExecutionResourceList"


def page_groups(world: World, team: Scope, query: GroupQuery, asked: Request) -> Answer:
    """A page of groups. Raises Invalid, EngineBusy."""
    order = order_by(query, groups.SORTED_BY, "squad", "group_name, group_execution")
    history = History.of(world, team, query.window(world.now()))
    known = history.read_groups()
    found = find_groups(history, known, history.asked, order, query.request)
    rows = [show_group(row, known, team) for row in found.rows]
    return _answer(history, found, build_page(asked, query.request, GROUP_ROWS, rows, found.total))


def page_executions(world: World, team: Scope, query: ExecutionQuery, asked: Request) -> Answer:
    """A page of the executions that ran in a window. Raises Invalid, EngineBusy."""
    history = History.of(world, team, query.window(world.now()))
    wanted = ExecutionFilter(history.asked, query.squadName, query.status)
    return _page(history, wanted, query, asked)


def page_group(
    world: World, team: Scope, identity: str, query: GroupExecutionQuery, asked: Request
) -> Answer:
    """A page of the executions of one group, by its id or by one of its executions, that began in
    a window. Raises UnknownRecord, Invalid, EngineBusy."""
    history = History.of(world, team, query.window(world.now()))
    group = find_group(history, history.read_groups(), identity)
    if group is None:
        raise UnknownRecord("squad", identity)
    wanted = ExecutionFilter(history.asked, group=group)
    return _page(history, wanted, query, asked)


def show_squad(
    world: World, team: Scope, identity: str, query: SquadQuery, *, timeline: bool = False
) -> Answer:
    """One execution in detail, or as a timeline, that ran in a window; by the id of a group its
    newest. Raises UnknownRecord, TooManyCalls, EngineBusy."""
    window = query.window(world.now())
    history = History.of(world, team, window)
    row: Row | None = read_execution(history, identity) or newest_execution(history, identity)
    if row is None or row["begun"] > window.end or row["latest"] < window.start:
        raise UnknownRecord("squad", identity)
    calls = read_calls(history, row)
    body = show_timeline(row, calls) if timeline else show_detail(row, calls)
    found = FoundRows([row], 1, int(row["calls"]), int(row["priced"]))
    return _answer(history, found, body)


def _page(
    history: History, wanted: ExecutionFilter, query: GroupExecutionQuery, asked: Request
) -> Answer:
    order = order_by(query, executions.SORTED_BY, "squad execution", "squad_id")
    by_name = wanted.group is not None or wanted.name is not None
    known = history.read_groups() if by_name else Groups()
    found = find_executions(history, known, wanted, order, query.request)
    rows = [show_execution(row) for row in found.rows]
    body = build_page(asked, query.request, EXECUTION_ROWS, rows, found.total)
    return _answer(history, found, body)


def _answer(history: History, found: FoundRows, body: dict[str, Any]) -> Answer:
    coverage = {CALLS.noun: Coverage(found.calls - found.priced, found.calls)}
    left_out = history.count_left_out()
    return Answer(body, coverage, sorted(history.asker.incomplete), left_out=left_out)
