"""/profitstream/v2/api/invoices"""

from typing import Any

from chalicelib.invoicing.invoices import INVOICES, listed
from chalicelib.invoicing.schemas import InvoiceQuery, InvoiceResource, InvoiceResourcePage
from chalicelib.kit.http.doors import Doors
from chalicelib.resources.schemas import TeamQuery
from chalicelib.resources.shelf import Shelf
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "credentials_invoices")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, INVOICES)


@doors.get(
    "/invoices",
    operation_id="list_invoices",
    scope="read",
    query=InvoiceQuery,
    answer=InvoiceResourcePage,
)
def list_invoices(call: Call[InvoiceQuery, None]) -> Json:
    """Page through the invoices of a team."""
    return listed(_shelf(call), call.query, call.request)


@doors.get(
    "/invoices/{id}",
    operation_id="get_invoice",
    scope="read",
    query=TeamQuery,
    answer=InvoiceResource,
    errors=(404,),
)
def get_invoice(call: Call[TeamQuery, None]) -> Json:
    """Read one invoice."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
