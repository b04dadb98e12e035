"""/profitstream/v2/api/invoices"""

from typing import Any

from chalicelib.invoicing.invoices import INVOICES, page_invoices
from chalicelib.invoicing.schemas import InvoiceQuery, InvoiceResource, InvoiceResourcePage
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


@router.get("/invoices", query=InvoiceQuery, answer=InvoiceResourcePage)
def list_invoices(call: Call[InvoiceQuery, None]) -> Json:
    """Page through the invoices of a team."""
    return page_invoices(_store(call), call.query, call.request)


@router.get("/invoices/{id}", query=TeamQuery, answer=InvoiceResource)
def get_invoice(call: Call[TeamQuery, None]) -> Json:
    """Read one invoice."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


handler = gateway_handler(router)
