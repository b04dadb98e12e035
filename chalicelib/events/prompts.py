"""Prompts: the texts of a completion, for those who may see them; each look is noted."""

from chalicelib.events.listings import COMPLETIONS
from chalicelib.events.presenting import Json
from chalicelib.events.service import find_event
from chalicelib.identity.keys import Permission
from chalicelib.identity.records import USER, Principal, User
from chalicelib.kit.errors import Forbidden
from chalicelib.metering.drafts import Prompts
from chalicelib.metering.prompts import prompts_of
from chalicelib.ports.world import World
from chalicelib.resources.audit import LOOK, note_change


def read_prompts(world: World, principal: Principal, identity: str) -> Json:
    """The texts of a completion, by its id or its transaction id; all null when none were kept.

    Raises Forbidden for whoever may not see prompts, UnknownRecord.
    """
    if not may_see_prompts(world, principal):
        raise Forbidden(
            "prompts are shown to administrators, and to users whose canViewPromptData is on"
        )
    event = find_event(world, principal.team, COMPLETIONS, identity)
    author = principal.user or principal.key_id
    note_change(world, principal.team, LOOK, author, {"event": event.id})
    kept = prompts_of(world, principal.team, event.id)
    texts = kept or Prompts()
    return {
        "systemPrompt": texts.system,
        "inputMessages": texts.input,
        "outputResponse": texts.output,
        "promptsTruncated": texts.truncated if kept else None,
        "_links": {},
    }


def may_see_prompts(world: World, principal: Principal) -> bool:
    """Whether somebody may see prompts: an administrator, or a user who was allowed to. A key is
    judged by the user that owns it."""
    if Permission.ADMIN in principal.scopes:
        return True
    record = world.documents.get(principal.tenant, USER, principal.user) if principal.user else None
    if record is None or record.deleted:
        return False
    return User.of(record).may_see_prompts
