"""/profitstream/v2/api/audit-entries: what was changed of stored events, by whom. Ours, not the
contract's."""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.resources.audit import AuditEntryPage, AuditQuery, page_entries
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog")


@router.get("/audit-entries", query=AuditQuery, answer=AuditEntryPage)
def list_audit_entries(call: Call[AuditQuery, None]) -> dict[str, Any]:
    """Page through the changes of a team's stored events, the newest first."""
    return page_entries(call.world, call.principal.team, call.query, call.request)


handler = gateway_handler(router)
