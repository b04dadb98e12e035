"""/profitstream/v2/api/sources/metrics/ai/trace-…: the dashboards of usage and of traces

Each is a line of chalicelib/reports/usage_declarations.py.
"""

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.reports.usage import answer_usage
from chalicelib.reports.usage_declarations import USAGE_REPORTS, UsageQuery, UsageReport
from chalicelib.reports.usage_schemas import usage_model
from chalicelib.resources.schemas import TeamQuery
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.profitstream.sources.metrics.listing import ERRORS
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_AI = "/sources/metrics/ai"


def _declare(usage: UsageReport) -> None:
    def handler(call: Call[UsageQuery, None]) -> Response:
        return respond_json(answer_usage(call.world, call.team, usage, call.query))

    handler.__doc__ = f"{usage.label}{', over time' if usage.over_time else ''}."
    router.get(
        f"{_AI}/trace-{usage.slug}",
        operation_id=usage.operation,
        query=UsageQuery,
        answer=usage_model(usage),
        errors=ERRORS,
        aliases=(f"{PLATFORM.base}{_AI}/traces/{usage.slug}",),
    )(handler)


for report in USAGE_REPORTS:
    _declare(report)

handler = gateway_handler(router)
