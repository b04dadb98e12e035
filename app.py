"""The Chalice app: one line for the doors, one for each stream and each group of schedules."""

from chalicelib.kit.http.chalice_app import MeterApp
from functions.schedules import lake
from functions.streams import events
from functions.table import MODULES
from functions.wiring import gateway_handler

app = MeterApp("meterlake", gateway_handler(*MODULES), *MODULES)
app.register_blueprint(events.blueprint)
app.register_blueprint(lake.blueprint)
