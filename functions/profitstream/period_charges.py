"""/profitstream/v2/api/period-charges"""

from typing import Any

from chalicelib.invoicing import charges
from chalicelib.invoicing.invoices import INVOICES
from chalicelib.invoicing.schemas import ChargeQuery, PeriodChargeCursorPage, PeriodChargeResource
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "credentials_invoices")
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, INVOICES)


@router.get("/period-charges", query=ChargeQuery, answer=PeriodChargeCursorPage, errors=(404,))
def list_period_charges(call: Call[ChargeQuery, None]) -> Json:
    """Walk through the charges of a team."""
    return charges.page_charges(_store(call), call.query)


@router.get("/period-charges/{id}", query=TeamQuery, answer=PeriodChargeResource)
def get_period_charge(call: Call[TeamQuery, None]) -> Json:
    """Read one charge."""
    return charges.read_charge(_store(call), call.path["id"])


handler = gateway_handler(router)
