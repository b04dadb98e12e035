"""/profitstream/v2/api/credentials"""

from typing import Any

from chalicelib.catalog import credentials, links
from chalicelib.catalog.credentials import CREDENTIALS, CredentialResource, CredentialResourcePage
from chalicelib.kit.http.doors import Doors
from chalicelib.resources.schemas import Deleted, SearchQuery, TeamQuery, sent
from chalicelib.resources.shelf import Shelf
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "credentials_invoices")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, CREDENTIALS)


@doors.get(
    "/credentials",
    operation_id="list_credentials",
    scope="read",
    query=SearchQuery,
    answer=CredentialResourcePage,
)
def list_credentials(call: Call[SearchQuery, None]) -> Json:
    """Page through the credentials of a team's subscribers."""
    return _shelf(call).page(call.query, call.request)


@doors.post(
    "/credentials",
    operation_id="create_credential",
    scope="write",
    query=TeamQuery,
    body=CredentialResource,
    answer=CredentialResource,
    errors=(404, 409),
)
def create_credential(call: Call[TeamQuery, CredentialResource]) -> Json:
    """Register a credential; one with a known externalId answers the stored one, unchanged."""
    shelf = _shelf(call)
    return shelf.row(links.create(shelf, sent(call.body)))


@doors.get(
    "/credentials/by-organization/{organizationId}",
    operation_id="list_credentials_by_organization",
    scope="read",
    query=SearchQuery,
    answer=CredentialResourcePage,
    errors=(404,),
)
def list_credentials_by_organization(call: Call[SearchQuery, None]) -> Json:
    """Page through the credentials of an organization."""
    return credentials.of_organization(
        _shelf(call), call.path["organizationId"], call.query, call.request
    )


@doors.get(
    "/credentials/{id}",
    operation_id="get_credential",
    scope="read",
    query=TeamQuery,
    answer=CredentialResource,
    errors=(404,),
)
def get_credential(call: Call[TeamQuery, None]) -> Json:
    """Read one credential; the key itself is never shown."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


@doors.put(
    "/credentials/{id}",
    operation_id="update_credential",
    scope="write",
    query=TeamQuery,
    body=CredentialResource,
    answer=CredentialResource,
    errors=(404, 409),
)
def update_credential(call: Call[TeamQuery, CredentialResource]) -> Json:
    """Change a credential; a masked externalId and an empty externalSecret keep what is stored."""
    shelf = _shelf(call)
    return shelf.row(links.change(shelf, call.path["id"], sent(call.body)))


@doors.delete(
    "/credentials/{id}",
    operation_id="delete_credential",
    scope="write",
    query=TeamQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_credential(call: Call[TeamQuery, None]) -> Json:
    """Delete a credential. What was metered with it is kept."""
    shelf = _shelf(call)
    return shelf.delete(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
