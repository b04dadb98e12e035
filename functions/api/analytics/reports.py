"""/api/v2/analytics/…: cost, performance, throughput, tools, customers, changes and the values to
filter by.

Each operation is a `Report` of chalicelib/reports/catalogue.py; its path is the report's slug. The
one report that is not in the catalogue is that of jobs, in jobs.py.
"""

from chalicelib.kit.http.operations import Router
from chalicelib.reports.catalogue import REPORTS
from functions.api.analytics.reporting import declare
from functions.families import ANALYTICS
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "analytics")
declare(router, REPORTS)
handler = gateway_handler(router)
