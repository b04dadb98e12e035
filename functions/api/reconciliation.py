"""/api/v2/reconciliation"""

from typing import Any

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.kit.jsontext import dumps
from chalicelib.reconciliation.presenting import present, present_csv
from chalicelib.reconciliation.proposals import present_proposal, propose
from chalicelib.reconciliation.schemas import (
    PriceProposals,
    ReconciliationQuery,
    ReconciliationStatement,
)
from chalicelib.reconciliation.statement import reconcile
from functions.families import ANALYTICS
from functions.negotiation import CSV, likes_csv
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "coding_billing")


@router.get(
    "/reconciliation",
    query=ReconciliationQuery,
    answer=ReconciliationStatement,
    also=(CSV,),
)
def get_reconciliation(call: Call[ReconciliationQuery, None]) -> Response:
    """What was metered, what providers billed, and why the two differ, part by part; as CSV all
    rows at once."""
    period = call.query.days(call.world.now())
    principal = call.principal
    statement = reconcile(
        call.world, principal.tenant, call.team, period, call.query.provider or ""
    )
    headers = {"Vary": "Accept"}
    if likes_csv(call.request.headers.get("accept", "")):
        return Response(200, present_csv(statement), CSV, headers)
    body = present(statement, call.query.request, call.query.threshold)
    return Response(200, dumps(body), headers=headers)


@router.get("/reconciliation/prices", query=ReconciliationQuery, answer=PriceProposals)
def get_price_proposals(call: Call[ReconciliationQuery, None]) -> dict[str, Any]:
    """Where a provider's price differs from ours to the end of a period, and the request that would
    make ours the same."""
    world, team, query = call.world, call.team, call.query
    period = query.days(world.now())
    statement = reconcile(world, call.principal.tenant, team, period, query.provider or "")
    return {
        "startDate": period.first,
        "endDate": period.last,
        "proposals": [present_proposal(each) for each in propose(world, team, statement)],
    }


handler = gateway_handler(router)
