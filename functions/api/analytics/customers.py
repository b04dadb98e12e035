"""/api/v2/analytics/customer-cost…, revenue-per-…, profit-margin-per-…: what customers and products cost and earn.

Each operation is a line of chalicelib/reports/catalogue.py: CUSTOMER_REPORTS.
"""

from chalicelib.kit.http.doors import Doors
from chalicelib.reports.catalogue import CUSTOMER_REPORTS
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
declare(doors, CUSTOMER_REPORTS)
handler = gateway_handler(doors)
