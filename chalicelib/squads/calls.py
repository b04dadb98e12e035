"""Calls: those of one execution, in the order of time."""

from typing import Any

from chalicelib.kit.errors import Invalid
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import SQUAD
from chalicelib.lake.sql import Sql, select_from
from chalicelib.reports.facts import CALLS, count_events
from chalicelib.reports.planner import Question
from chalicelib.reports.statements import ask_events
from chalicelib.squads.history import History
from chalicelib.squads.paging import Row, read_row

_COLUMNS = (
    "event_id transaction_id trace_id trace_name trace_type parent_transaction_id agent squad_role "
    "squad_name requested_at responded_at duration_ms model provider operation_type kind "
    "input_tokens output_tokens total_tokens cost_nano error_reason error_code stop_reason"
).split()
_MOST = 10_000
"""A timeline of more would not fit into an answer of Lambda (6 MB)."""


class TooManyCalls(Invalid):
    """An execution is larger than can be shown as a whole (400)."""

    code = "TOO_MANY_CALLS"


def read_calls(history: History, execution: Row) -> list[dict[str, Any]]:
    """All calls of an execution, times in UTC epoch ms; `failed` says of each whether it failed,
    `ended` when its answer had come. Raises TooManyCalls, EngineBusy."""
    identity = str(execution["squad_id"])
    if execution["calls"] > _MOST:
        raise TooManyCalls(
            f"squad {identity} has more than {_MOST} calls: list them page by page instead, trace "
            "by trace",
            field="squadId",
        )
    question = Question(
        (),
        (count_events(CALLS),),
        filters={SQUAD.column: [identity]},
        assistants=history.assistants,
    )
    window = Window(execution["begun"], execution["latest"])

    def order(events: Sql) -> Sql:
        return select_from(_COLUMNS, events) + Sql(" order by requested_at, transaction_id")

    result = ask_events(history.asker, [window], question, _COLUMNS, order)
    calls = [read_row(_COLUMNS, row) for row in result.rows] if result else []
    for call in calls:
        told = (call["error_reason"], call["error_code"])
        call["failed"] = any(each is not None for each in told) or call["stop_reason"] == "ERROR"
        call["ended"] = max(call["responded_at"] or call["requested_at"], call["requested_at"])
    return calls
