"""/profitstream/v2/api/sources/metrics/ai/…: the older reports, and the values that occur.

Each report is a line of chalicelib/reports/older.py; its path is the slug.
"""

from typing import Any

from chalicelib.events.unique import has_any_call, list_unique_keys, list_unique_names
from chalicelib.identity.keys import Permission
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.lake.dimensions import AGENT, MODEL, PROVIDER, SOURCE, TASK, Dimension
from chalicelib.reports.older import OLDER_REPORTS
from chalicelib.reports.older_declarations import OlderReport
from chalicelib.reports.older_schemas import AiDataConnected, UniqueKeys, UniqueNames, answer_model
from chalicelib.reports.periods import PeriodQuery
from chalicelib.reports.windows import answer_older
from chalicelib.resources.schemas import TeamNeeded, TeamQuery
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.profitstream.sources.metrics.listing import ERRORS
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_AI = "/sources/metrics/ai"
_BASE = PLATFORM.base + _AI
_UNIQUE = {
    "agents": (AGENT, "get_unique_agents_for_team"),
    "model-sources": (SOURCE, "get_unique_model_sources_for_team"),
    "models": (MODEL, "get_unique_models_for_team"),
    "providers": (PROVIDER, "get_unique_providers_for_team"),
    "task-types": (TASK, "get_unique_task_types_for_team"),
}
"""The dimensions whose values are listed, by the last part of the path."""


def _declare(older: OlderReport) -> None:
    def handler(call: Call[PeriodQuery, None]) -> Response:
        return respond_json(answer_older(call.world, call.principal, older, call.query))

    handler.__doc__ = f"{older.label}{', over time' if older.over_time else ''}."
    router.get(
        f"{_AI}/{older.slug}",
        operation_id=older.operation,
        query=older.query_model(),
        answer=answer_model(older),
        errors=ERRORS,
        aliases=tuple(f"{_BASE}/{alias}" for alias in older.aliases),
    )(handler)


def _declare_unique(slug: str, dimension: Dimension, operation: str) -> None:
    def handler(call: Call[TeamNeeded, None]) -> list[str]:
        return list_unique_names(call.world, call.team, dimension)

    handler.__doc__ = f"The {slug.replace('-', ' ')} that occur."
    router.get(
        f"{_AI}/unique-{slug}",
        operation_id=operation,
        query=TeamNeeded,
        answer=UniqueNames,
        errors=ERRORS,
        aliases=(f"{_BASE}/{slug}",),
    )(handler)


for report in OLDER_REPORTS:
    _declare(report)
for name, (by, operation_id) in _UNIQUE.items():
    _declare_unique(name, by, operation_id)


@router.get(
    f"{_AI}/unique-keys",
    operation_id="get_unique_keys_for_team",
    query=TeamNeeded,
    answer=UniqueKeys,
    errors=ERRORS,
    aliases=(f"{_BASE}/keys",),
)
def list_keys(call: Call[TeamNeeded, None]) -> list[dict[str, Any]]:
    """The credentials that occur."""
    return list_unique_keys(call.world, call.team)


@router.get(
    f"{_AI}/data-connected",
    or_scope=Permission.METERING,
    answer=AiDataConnected,
    errors=ERRORS,
)
def is_connected(call: Call[TeamQuery, None]) -> dict[str, Any]:
    """Whether any AI call was ever stored: what clients probe their key with."""
    return {"isConnected": has_any_call(call.world, call.team)}


handler = gateway_handler(router)
