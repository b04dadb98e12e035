"""How squads are shown: groups, executions, and the timeline of one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.resources.hal import self_link
from chalicelib.squads.grouping import Groups
from chalicelib.squads.paging import Row

Json = dict[str, Any]
PATH = "/profitstream/v2/api/squads"


def show_usd(nano: int | None) -> Decimal | None:
    """An amount; null where none is known."""
    return None if nano is None else to_usd(int(nano))


def show_group(row: Row, groups: Groups, team: Scope) -> Json:
    """A group with the sums over its executions in the window."""
    key = groups.key(row["group_name"], row["group_execution"])
    identity = key.id(team)
    shown: Json = {
        "id": identity,
        "resourceType": "squad",
        "label": row["label"] or key.execution,
        "description": None,
        "source": "TELEMETRY",
        "executionCount": row["executions"],
        "successCount": row["successes"],
        "partialCount": row["partials"],
        "failedCount": row["failed"],
        "agentCount": row["agents"],
        "traceCount": row["traces"],
        "totalCost": show_usd(row["cost_nano"]),
        "firstExecutionTime": iso(row["first_begun"]),
        "lastExecutionTime": iso(row["last_begun"]),
        "created": iso(row["created"]),
        "updated": iso(row["updated"]),
        "_links": self_link(f"{PATH}/entities/{identity}/executions"),
    }
    return shown | count_unpriced(row)


def count_unpriced(row: Mapping[str, Any]) -> Json:
    """How many calls have no known cost, where there are any."""
    unpriced = int(row["calls"]) - int(row["priced"])
    return {"unpricedCount": unpriced} if unpriced else {}


def show_execution(row: Row) -> Json:
    """An execution. `transactionId`, `name` and `executions` are copies that clients print."""
    identity = row["squad_id"]
    label = row["newest_name"] or identity
    shown: Json = {
        "id": identity,
        "resourceType": "squadExecution",
        "label": label,
        "squadName": row["newest_name"],
        "startTime": iso(row["begun"]),
        "endTime": iso(row["ended"]),
        "duration": row["duration_ms"],
        "agentCount": row["agents"],
        "traceCount": row["traces"],
        "totalCost": show_usd(row["cost_nano"]),
        "status": row["status"],
        "transactionId": identity,
        "name": label,
        "executions": 1,
        "_links": self_link(f"{PATH}/{quote(identity, safe='')}"),
    }
    return shown | count_unpriced(row)


def show_timeline(row: Row, calls: Sequence[Row]) -> Json:
    """An execution as its calls in the order of time."""
    identity = row["squad_id"]
    return {
        "squadId": identity,
        "squadName": row["newest_name"],
        "startTime": iso(row["begun"]),
        "endTime": iso(row["ended"]),
        "totalDuration": row["duration_ms"],
        "events": [_show_call(call) for call in calls],
        "_links": self_link(f"{PATH}/{quote(identity, safe='')}/timeline"),
    }


def _show_call(call: Row) -> Json:
    return {
        "id": call["transaction_id"] or call["event_id"],
        "traceId": call["trace_id"],
        "parentTransactionId": call["parent_transaction_id"],
        "agent": call["agent"],
        "role": call["squad_role"],
        "timestamp": call["requested_at"],
        "startTime": iso(call["requested_at"]),
        "endTime": iso(call["ended"]),
        "duration": call["ended"] - call["requested_at"],
        "model": call["model"],
        "provider": call["provider"],
        "operationType": call["operation_type"],
        "inputTokens": call["input_tokens"],
        "outputTokens": call["output_tokens"],
        "totalTokens": call["total_tokens"],
        "cost": show_usd(call["cost_nano"]),
        "status": "error" if call["failed"] else "success",
    }
