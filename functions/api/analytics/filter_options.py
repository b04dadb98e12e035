"""/api/v2/analytics/filter-options/…: the values that occur in a window.

Each operation is a line of chalicelib/reports/catalogue.py: FILTER_OPTIONS.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import FILTER_OPTIONS
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, FILTER_OPTIONS)
handler = gateway_handler(doors)
