"""Groups: one row each, of the executions that began in a window."""

from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.lake.sql import Sql, between_instants, join_sql
from chalicelib.squads.grouping import Groups
from chalicelib.squads.history import History, in_brackets
from chalicelib.squads.keys import key_columns
from chalicelib.squads.paging import FoundRows, cut_page, read_page

COLUMNS = (
    "group_name",
    "group_execution",
    "label",
    "executions",
    "successes",
    "partials",
    "failed",
    "agents",
    "traces",
    "calls",
    "priced",
    "cost_nano",
    "first_begun",
    "last_begun",
    "created",
    "updated",
)
"""Of a group: `label` the newest name (null: none has any), `first_begun` and `last_begun` when its
first and last execution in the window began; `created` and `updated` are its first and last request
ever."""
SORTED_BY = {
    "label": "label",
    "executionCount": "executions",
    "successCount": "successes",
    "partialCount": "partials",
    "failedCount": "failed",
    "agentCount": "agents",
    "traceCount": "traces",
    "totalCost": "cost_nano",
    "firstExecutionTime": "first_begun",
    "lastExecutionTime": "last_begun",
    "created": "created",
    "updated": "updated",
}
_KEYS = "group_name, group_execution"
_EXECUTION = "over (partition by squad_id)"
_GROUP = f"over (partition by {_KEYS})"


def find_groups(
    history: History, groups: Groups, window: Window, order: str, page: PageRequest
) -> FoundRows:
    """A page of the groups with an execution that began in a window. Raises EngineBusy."""

    def cut(rows: Sql) -> Sql:
        return cut_page(COLUMNS, _sum(_label(_key(rows, groups)), window), order, page)

    return read_page(history.ask(cut), COLUMNS, page)


def _more(rows: Sql, *columns: Sql) -> Sql:
    """Rows with further columns."""
    return in_brackets(Sql("select *, ") + join_sql(", ", columns) + Sql(" from ") + rows)


def _key(rows: Sql, groups: Groups) -> Sql:
    """Rows with what is true of their execution, and with their group."""
    edged = _more(
        rows,
        Sql(f"min(begun) {_EXECUTION} as began"),
        Sql(f"max(case when squad_name <> ? then latest end) {_EXECUTION} as told", ("",)),
        Sql(f"sum(calls) {_EXECUTION} as of_calls, sum(failures) {_EXECUTION} as of_failures"),
    )
    first = f"max(case when begun = began then squad_name end) {_EXECUTION} as first_name"
    return _more(_more(edged, Sql(first)), key_columns(groups))


def _label(rows: Sql) -> Sql:
    """Rows with what is true of their whole group."""
    told = _more(
        rows,
        Sql(f"max(told) {_GROUP} as group_told"),
        Sql(f"min(begun) {_GROUP} as created, max(latest) {_GROUP} as updated"),
    )
    newest = f"max(case when latest = group_told and squad_name <> ? then squad_name end) {_GROUP}"
    return _more(told, Sql(f"{newest} as label", ("",)))


def _sum(rows: Sql, window: Window) -> Sql:
    """One row a group."""
    statuses = {
        "successes": "of_failures = 0",
        "partials": "of_failures > 0 and of_failures < of_calls",
        "failed": "of_failures > 0 and of_failures = of_calls",
    }
    figures = [Sql(f"{_KEYS}, max(label) as label, count(distinct squad_id) as executions")]
    for name, condition in statuses.items():
        figures.append(Sql(f"count(distinct case when {condition} then squad_id end) as {name}"))
    figures += [
        Sql("count(distinct nullif(agent, ?)) as agents", ("",)),
        Sql("count(distinct nullif(trace_id, ?)) as traces", ("",)),
        Sql("sum(calls) as calls, sum(priced) as priced, sum(cost_nano) as cost_nano"),
        Sql("min(began) as first_begun, max(began) as last_begun"),
        Sql("min(created) as created, max(updated) as updated"),
    ]
    head = Sql("select ") + join_sql(", ", figures) + Sql(" from ") + rows + Sql(" where ")
    began = between_instants("began", window.start, window.end)
    return in_brackets(head + began + Sql(f" group by {_KEYS}"))
