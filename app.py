"""The Chalice app: one line a blueprint, one a schedule, one a stream."""

from chalicelib.kit.http.chalice_app import MeterApp
from functions.table import MODULES
from functions.wiring import gateway_handler

app = MeterApp("meterlake", gateway_handler(*MODULES), *MODULES)
