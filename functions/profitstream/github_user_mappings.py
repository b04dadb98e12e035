"""/profitstream/v2/api/github-user-mappings"""

from typing import Any

from chalicelib.assistants import mappings
from chalicelib.assistants.mapping_schemas import (
    GithubUserMappingCollection,
    GithubUserMappingQuery,
    GithubUserMappingRequest,
    GithubUserMappingResource,
    IntegrationDeletionResult,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=TeamQuery)
Json = dict[str, Any]
_ALL, _ONE = "/github-user-mappings", "/github-user-mappings/{id}"
_OTHER = PLATFORM.base + "/github/user-mappings"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, mappings.MAPPINGS)


@router.get(
    _ALL,
    query=GithubUserMappingQuery,
    answer=GithubUserMappingCollection,
    aliases=(_OTHER, PLATFORM.base + "/integrations/github/user-mappings"),
)
def list_github_user_mappings(call: Call[GithubUserMappingQuery, None]) -> Json:
    """Page through the logins that e-mail addresses were found, or said, to have."""
    return _store(call).page(call.query, call.request)


@router.put(
    _ALL,
    body=GithubUserMappingRequest,
    answer=GithubUserMappingResource,
    errors=(404, 409),
    aliases=(_OTHER,),
)
def upsert_github_user_mapping(call: Call[TeamQuery, GithubUserMappingRequest]) -> Json:
    """Say which login an e-mail address has; no sync changes that any more."""
    return mappings.set_manually(_store(call), call.body)


@router.put(_ONE, body=GithubUserMappingRequest, answer=GithubUserMappingResource)
def update_github_user_mapping(call: Call[TeamQuery, GithubUserMappingRequest]) -> Json:
    """Say another login of the mapping's address."""
    return mappings.set_manually(_store(call), call.body, call.path["id"])


@router.post(
    _ALL, body=GithubUserMappingRequest, answer=GithubUserMappingResource, errors=(404, 409)
)
def create_github_user_mapping(call: Call[TeamQuery, GithubUserMappingRequest]) -> Json:
    """The same as a PUT."""
    return mappings.set_manually(_store(call), call.body)


@router.delete(_ONE, answer=IntegrationDeletionResult, aliases=(_OTHER + "/{id}",))
def delete_github_user_mapping(call: Call[TeamQuery, None]) -> Json:
    """Forget a mapping; the next sync looks for the address again."""
    return mappings.remove(_store(call), call.path["id"])


handler = gateway_handler(router)
