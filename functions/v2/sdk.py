"""/v2/sdk/resolve-key"""

from typing import Any

from chalicelib.kit.http.operations import Router
from functions.families import SDK
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(SDK, "sdk")


@router.get("/sdk/resolve-key")
def resolve_key(call: Call[None, None]) -> dict[str, Any]:
    """Whether a key is valid, and whose it is."""
    principal = call.principal
    return {
        "valid": True,
        "tenantId": principal.tenant,
        "teamId": principal.team,
        "scopes": sorted(principal.scopes),
    }


handler = gateway_handler(router)
