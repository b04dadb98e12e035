"""/api/v2/analytics/top-movers and trace-cost-distribution: where money moves, and where it heaps up.

Each operation is a line of chalicelib/reports/catalogue.py: CHANGES.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import CHANGES
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, CHANGES)
handler = gateway_handler(doors)
