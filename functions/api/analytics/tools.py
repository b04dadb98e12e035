"""/api/v2/analytics/cost-by-tool…, tool-…, agent-tool-breakdown, iceberg-cost-by-agent: tools, and tokens beside them.

Each operation is a line of chalicelib/reports/catalogue.py: TOOL_REPORTS.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import TOOL_REPORTS
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, TOOL_REPORTS)
handler = gateway_handler(doors)
