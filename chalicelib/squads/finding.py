"""Finding a squad by whichever of its ids somebody has."""

from chalicelib.kit.ids import number_of
from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.lake.sql import Sql, select_from
from chalicelib.squads.executions import ExecutionFilter, find_executions, read_execution
from chalicelib.squads.grouping import GroupKey, Groups
from chalicelib.squads.history import History, in_brackets
from chalicelib.squads.paging import Row


def find_group(history: History, groups: Groups, identity: str) -> GroupKey | None:
    """The group with an id, or with an execution of that id. Raises EngineBusy."""
    found = groups.find(history.asker.team, identity)
    if found:
        return found
    row = read_execution(history, identity)
    if row is not None:
        name = str(row["first_name"])
        if name in groups.by_name:
            return groups.by_name[name]
        return groups.key(name, "" if name else identity)
    if number_of(identity) is None:
        return None  # no id of a group
    for execution in _list_nameless(history):
        key = GroupKey(execution=execution)
        if key.id(history.asker.team) == identity:
            return key
    return None


def newest_execution(history: History, identity: str) -> Row | None:
    """The execution of a group that began last; None when no group has this id."""
    window = history.window()
    if window is None or number_of(identity) is None:
        return None
    groups = history.read_groups()
    group = find_group(history, groups, identity)
    if group is None:
        return None
    wanted = ExecutionFilter(Window(window.start, window.end), group=group)
    first = PageRequest(0, 1)
    found = find_executions(history, groups, wanted, "begun desc, squad_id", first)
    return found.rows[0] if found.rows else None


def _list_nameless(history: History) -> list[str]:
    """The executions whose first call had no name."""

    def select(rows: Sql) -> Sql:
        first = Sql("min(begun) over (partition by squad_id) as began")
        edged = in_brackets(Sql("select *, ") + first + Sql(" from ") + rows)
        named = select_from(("squad_id",), edged)
        return named + Sql(" where begun = began and squad_name = ? group by squad_id", ("",))

    result = history.ask(select)
    return [str(row[0]) for row in result.rows] if result else []
