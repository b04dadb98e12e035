"""/profitstream/v2/api/billing/users: what was billed by person"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.reconciliation.people import list_people
from chalicelib.reconciliation.people_schemas import (
    PeopleQuery,
    PersonQuery,
    UserCostAttributionPage,
    UserCostDetailResource,
)
from chalicelib.reconciliation.person import read_person
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=PeopleQuery)
Json = dict[str, Any]


@router.get("/billing/users", answer=UserCostAttributionPage, errors=(429, 503))
def listusercostattribution(call: Call[PeopleQuery, None]) -> Json:
    """Page through people and what of the providers' bills is theirs."""
    return list_people(call.world, call.principal.team, call.query, call.request)


@router.get(
    "/billing/users/{userEmail}",
    query=PersonQuery,
    answer=UserCostDetailResource,
    errors=(404, 429, 503),
)
def getusercostdetail(call: Call[PersonQuery, None]) -> Json:
    """Read what was billed for one person, by day, provider and model."""
    return read_person(call.world, call.principal.team, call.path["userEmail"], call.query)


handler = gateway_handler(router)
