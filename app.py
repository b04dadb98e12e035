"""The Chalice app: one line for the operations, one for each stream and each group of schedules."""

from chalicelib.kit.http.chalice_app import MeterApp
from functions.routes import checked_in, lazily
from functions.schedules import (
    assistants,
    bills,
    budgets,
    insights,
    invoicing,
    lake,
    notices,
    pricing,
    upkeep,
)
from functions.streams import budgets as counting
from functions.streams import events
from functions.wiring import routed_handler

app = MeterApp(
    "meterlake", routed_handler(lazily), [(line.method, line.path) for line in checked_in()]
)
app.register_blueprint(events.blueprint)
app.register_blueprint(counting.blueprint)
app.register_blueprint(lake.blueprint)
app.register_blueprint(pricing.blueprint)
app.register_blueprint(invoicing.blueprint)
app.register_blueprint(budgets.blueprint)
app.register_blueprint(notices.blueprint)
app.register_blueprint(bills.blueprint)
app.register_blueprint(assistants.blueprint)
app.register_blueprint(insights.blueprint)
app.register_blueprint(upkeep.blueprint)
