"""/api/v2/analytics/avg-time-…, response-time-…, task…: how long calls take, and how many were made.

Each operation is a line of chalicelib/reports/catalogue.py: PERFORMANCE.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import PERFORMANCE
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, PERFORMANCE)
handler = gateway_handler(doors)
