"""/profitstream/v2/api/billing/coverage"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.reconciliation.coverage_report import report_coverage
from chalicelib.reconciliation.coverage_schemas import CoverageRatioReport
from chalicelib.reconciliation.people_schemas import PersonQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics")


@router.get("/billing/coverage", query=PersonQuery, answer=CoverageRatioReport, errors=(429, 503))
def get_coverage_ratio(call: Call[PersonQuery, None]) -> dict[str, Any]:
    """How much of what providers billed was metered, by provider. Of the filters the provider
    alone counts."""
    principal, query = call.principal, call.query
    period = query.days(call.world.now())
    return report_coverage(
        call.world, principal.tenant, principal.team, period, query.provider or ""
    )


handler = gateway_handler(router)
