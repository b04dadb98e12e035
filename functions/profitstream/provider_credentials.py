"""/profitstream/v2/api/provider-credentials"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.providers import connections
from chalicelib.providers.schemas import (
    NewProviderCredential,
    ProviderCredentialChange,
    ProviderCredentialPage,
    ProviderCredentialResource,
)
from chalicelib.resources.schemas import Deleted, SearchQuery, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=TeamQuery)
Json = dict[str, Any]
_ALL = "/provider-credentials"
_ONE = _ALL + "/{id}"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, connections.CONNECTIONS)


@router.get(_ALL, query=SearchQuery, answer=ProviderCredentialPage)
def list_provider_credentials(call: Call[SearchQuery, None]) -> Json:
    """Page through the connections to providers' billing interfaces. Keys are not shown."""
    return _store(call).page(call.query, call.request)


@router.post(
    _ALL, body=NewProviderCredential, answer=ProviderCredentialResource, errors=(409, 422, 502)
)
def create_provider_credential(call: Call[TeamQuery, NewProviderCredential]) -> Json:
    """Connect a provider's billing interface; its key is checked with the provider first."""
    return connections.create(_store(call), sent_members(call.body))


@router.get(_ONE, answer=ProviderCredentialResource)
def get_provider_credential(call: Call[TeamQuery, None]) -> Json:
    """Read one connection, and how the last reading of its bill went."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(
    _ONE, body=ProviderCredentialChange, answer=ProviderCredentialResource, errors=(409, 422, 502)
)
def update_provider_credential(call: Call[TeamQuery, ProviderCredentialChange]) -> Json:
    """Change a connection. What is not sent stays as it is."""
    return connections.change(_store(call), call.path["id"], sent_members(call.body))


@router.delete(_ONE, answer=Deleted)
def delete_provider_credential(call: Call[TeamQuery, None]) -> Json:
    """Delete a connection and wipe its key. What was billed stays."""
    return connections.remove(_store(call), call.path["id"])


handler = gateway_handler(router)
