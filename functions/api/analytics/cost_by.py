"""/api/v2/analytics/cost-by-…: what calls cost, by agent, model, user …, over time or for the whole window.

Each operation is a line of chalicelib/reports/catalogue.py: COSTS.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import COSTS
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, COSTS)
handler = gateway_handler(doors)
