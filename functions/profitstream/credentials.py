"""/profitstream/v2/api/credentials"""

from typing import Any

from chalicelib.catalog import credentials, links
from chalicelib.catalog.credentials import CREDENTIALS, CredentialResource, CredentialResourcePage
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, SearchQuery, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "credentials_invoices", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, CREDENTIALS)


@router.get("/credentials", query=SearchQuery, answer=CredentialResourcePage)
def list_credentials(call: Call[SearchQuery, None]) -> Json:
    """Page through the credentials of a team's subscribers."""
    return _store(call).page(call.query, call.request)


@router.post("/credentials", body=CredentialResource, answer=CredentialResource, errors=(404, 409))
def create_credential(call: Call[TeamQuery, CredentialResource]) -> Json:
    """Register a credential; one with a known externalId answers the stored one, unchanged."""
    store = _store(call)
    return store.row(links.create(store, sent_members(call.body)))


@router.get(
    "/credentials/by-organization/{organizationId}",
    query=SearchQuery,
    answer=CredentialResourcePage,
)
def list_credentials_by_organization(call: Call[SearchQuery, None]) -> Json:
    """Page through the credentials of an organization."""
    return credentials.page_of_organization(
        _store(call), call.path["organizationId"], call.query, call.request
    )


@router.get("/credentials/{id}", answer=CredentialResource)
def get_credential(call: Call[TeamQuery, None]) -> Json:
    """Read one credential; the key itself is never shown."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/credentials/{id}", body=CredentialResource, answer=CredentialResource)
def update_credential(call: Call[TeamQuery, CredentialResource]) -> Json:
    """Change a credential; a masked externalId and an empty externalSecret keep what is stored."""
    store = _store(call)
    return store.row(links.change(store, call.path["id"], sent_members(call.body)))


@router.delete("/credentials/{id}", answer=Deleted)
def delete_credential(call: Call[TeamQuery, None]) -> Json:
    """Delete a credential. What was metered with it is kept."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


handler = gateway_handler(router)
