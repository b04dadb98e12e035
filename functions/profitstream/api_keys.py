"""/profitstream/v2/api/api-keys: keys of this server, for administrators. Ours, not the
contract's."""

from typing import Any

from chalicelib.catalog import api_keys
from chalicelib.catalog.api_key_schemas import (
    ApiKeyPage,
    ApiKeyQuery,
    ApiKeyResource,
    MadeApiKey,
    NewApiKey,
    RevokeQuery,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]
_ALL = "/api-keys"
_ONE = _ALL + "/{keyId}"


@router.get(_ALL, scope="admin", query=ApiKeyQuery, answer=ApiKeyPage)
def list_server_keys(call: Call[ApiKeyQuery, None]) -> Json:
    """Page through the keys of the tenant, revoked ones included. The keys themselves are not
    shown: only hashes of them are stored."""
    return api_keys.page_keys(call.world, call.principal, call.query, call.request)


@router.post(_ALL, scope="admin", body=NewApiKey, answer=MadeApiKey, status=201, errors=())
def create_server_key(call: Call[TeamQuery, NewApiKey]) -> Json:
    """Make a key, and show it this once."""
    return api_keys.make_key(call.world, call.principal, call.body)


@router.get(_ONE, scope="admin", answer=ApiKeyResource)
def get_server_key(call: Call[TeamQuery, None]) -> Json:
    """Read one key: whose it is, what it may do, whether it is valid."""
    return api_keys.show_key(call.world, call.principal, call.path["keyId"])


@router.delete(_ONE, scope="admin", query=RevokeQuery, answer=Deleted)
def revoke_server_key(call: Call[RevokeQuery, None]) -> Json:
    """Revoke a key for good. The last one of an administrator stays."""
    return api_keys.revoke_key(
        call.world, call.principal, call.path["keyId"], confirmed=call.query.confirmed
    )


handler = gateway_handler(router)
