"""/profitstream/v2/api/integration-credentials"""

from typing import Any

from chalicelib.assistants import integrations
from chalicelib.assistants.integration_schemas import (
    IntegrationCredentialCollection,
    IntegrationCredentialMetadataRequest,
    IntegrationCredentialRequest,
    IntegrationCredentialResource,
    IntegrationSyncResponse,
)
from chalicelib.assistants.mapping_schemas import IntegrationDeletionResult
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=TeamQuery)
Json = dict[str, Any]
_ALL, _ONE = "/integration-credentials", "/integration-credentials/{id}"
_METADATA, _SYNC = _ONE + "/metadata", _ONE + "/sync"
_OTHER = PLATFORM.base + "/integrations/credentials"
_ANSWER, _SENT = IntegrationCredentialResource, IntegrationCredentialMetadataRequest
_CHECKED = (409, 422, 502)


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, integrations.INTEGRATIONS)


@router.get(_ALL, answer=IntegrationCredentialCollection, aliases=(_OTHER,))
def list_integration_credentials(call: Call[TeamQuery, None]) -> Json:
    """List the connections to where code is kept. Their tokens are not shown."""
    return integrations.show_all(_store(call))


@router.post(
    _ALL,
    body=IntegrationCredentialRequest,
    answer=_ANSWER,
    errors=_CHECKED,
    aliases=(_OTHER,),
)
def create_integration_credential(call: Call[TeamQuery, IntegrationCredentialRequest]) -> Json:
    """Connect GitHub, or give the connection another token; the token is checked first."""
    return integrations.connect(_store(call), call.body)


@router.put(_ALL, body=IntegrationCredentialRequest, answer=_ANSWER, errors=_CHECKED)
def replace_integration_credential(call: Call[TeamQuery, IntegrationCredentialRequest]) -> Json:
    """The same as a POST."""
    return integrations.connect(_store(call), call.body)


@router.delete(_ONE, answer=IntegrationDeletionResult, aliases=(_OTHER + "/{id}",))
def delete_integration_credential(call: Call[TeamQuery, None]) -> Json:
    """Take a connection away and wipe its token. What was read stays."""
    return integrations.disconnect(_store(call), call.path["id"])


def _change(call: Call[Any, IntegrationCredentialMetadataRequest]) -> Json:
    return integrations.change_metadata(_store(call), call.path["id"], call.body)


@router.patch(_METADATA, body=_SENT, answer=_ANSWER, aliases=(PLATFORM.base + _ONE,))
def update_integration_credential_metadata(
    call: Call[TeamQuery, IntegrationCredentialMetadataRequest],
) -> Json:
    """Change what is read, and how. Members that are not sent stay; an empty list clears."""
    return _change(call)


@router.put(_METADATA, body=_SENT, answer=_ANSWER)
def replace_integration_credential_metadata(
    call: Call[TeamQuery, IntegrationCredentialMetadataRequest],
) -> Json:
    """The same as a PATCH."""
    return _change(call)


@router.post(
    _SYNC,
    answer=IntegrationSyncResponse,
    status=202,
    errors=(404, 409, 422),
    aliases=(_OTHER + "/{id}/sync",),
)
def sync_integration_credential(call: Call[TeamQuery, None]) -> Json:
    """Have merged pull requests read now, in the background."""
    return integrations.ask_for_sync(_store(call), call.path["id"])


handler = gateway_handler(router)
