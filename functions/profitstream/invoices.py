"""/profitstream/v2/api/invoices"""

from typing import Any

from chalicelib.invoicing.invoices import INVOICES, page_invoices
from chalicelib.invoicing.paying import note_payment, page_payments
from chalicelib.invoicing.schemas import (
    InvoicePaymentPage,
    InvoiceQuery,
    InvoiceResource,
    InvoiceResourcePage,
    NewInvoicePayment,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import PageQuery, TeamQuery
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


@router.get("/invoices/{id}/payments", query=PageQuery, answer=InvoicePaymentPage)
def list_invoice_payments(call: Call[PageQuery, None]) -> Json:
    """Page through what was paid of an invoice, the newest first. Ours, not the contract's."""
    return page_payments(_store(call), call.path["id"], call.query, call.request)


@router.post(
    "/invoices/{id}/payments",
    query=TeamQuery,
    body=NewInvoicePayment,
    answer=InvoiceResource,
    errors=(404, 409),
)
def create_invoice_payment(call: Call[TeamQuery, NewInvoicePayment]) -> Json:
    """Note a payment; the same reference again changes nothing. Answers the invoice as it is then.
    Ours, not the contract's."""
    store = _store(call)
    return store.row(note_payment(store, call.path["id"], call.body))


handler = gateway_handler(router)
