"""/api/v2/forecast"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.recommendations.outlook_schemas import SpendForecast
from chalicelib.recommendations.outlooks import forecast_month
from chalicelib.reports.parameters import AnalyticsQuery
from functions.families import ANALYTICS
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "recommendations", query=AnalyticsQuery)


@router.get("/forecast", answer=SpendForecast)
def get_spend_forecast(call: Call[AnalyticsQuery, None]) -> dict[str, Any]:
    """What will have been spent when the month ends, with a band."""
    return forecast_month(call.world, call.team)


handler = gateway_handler(router)
