"""Prompts: the texts of a completion, for those who may see them; each look is noted."""

from chalicelib.events.listings import COMPLETIONS
from chalicelib.events.presenting import Json
from chalicelib.events.service import find_event
from chalicelib.identity.keys import Permission
from chalicelib.identity.records import USER, Principal, User
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Forbidden
from chalicelib.kit.ids import new_id
from chalicelib.metering.drafts import Prompts
from chalicelib.metering.prompts import prompts_of
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World

AUDIT = "PROMPT_LOOK"
"""The kind of the records that tell who looked at which prompts."""


def read_prompts(world: World, principal: Principal, identity: str) -> Json:
    """The texts of a completion, by its id or its transaction id; all null when none were kept.

    Raises Forbidden for whoever may not see prompts, UnknownRecord.
    """
    if not may_see_prompts(world, principal):
        raise Forbidden(
            "prompts are shown to administrators, and to users whose canViewPromptData is on"
        )
    event = find_event(world, principal.team, COMPLETIONS, identity)
    _note_look(world, principal, event.id)
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


def _note_look(world: World, principal: Principal, event_id: str) -> None:
    now = world.now()
    author = principal.user or principal.key_id
    doc = {"author": author, "at": iso(now), "event": event_id}
    entry = Record(AUDIT, new_id(), doc, f"{now:016d}", created_at=now, updated_at=now)
    world.documents.create(principal.team, entry)
