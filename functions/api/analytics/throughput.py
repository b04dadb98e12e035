"""/api/v2/analytics/tokens-per-minute…, token-breakdown-by-type: tokens over time.

Each operation is a line of chalicelib/reports/catalogue.py: THROUGHPUT.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import THROUGHPUT
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, THROUGHPUT)
handler = gateway_handler(doors)
