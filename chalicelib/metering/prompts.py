"""Prompts: the texts of calls, kept only when the team allows it, sealed, apart from the rows and
never in the lake."""

import json
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from chalicelib.directory.registry import registry
from chalicelib.identity.records import TEAM, Principal
from chalicelib.identity.settings import TeamSettings
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.jsontext import dumps
from chalicelib.metering.drafts import Draft, Prompts
from chalicelib.ports.scope import Scope
from chalicelib.ports.vault import NotInVault
from chalicelib.ports.world import World

SYSTEM_LIMIT = 50_000
"""Characters that are kept of each text, at most; a team may set less."""
_PREFIX, _NONE = "prompts/", Prompts()
_LIMIT = "PROMPT_LIMIT"
MARK = "...[TRUNCATED]"
"""Ends a text that was cut, as the clients mark their own cuts."""


def keep(world: World, principal: Principal, given: Sequence[tuple[str, Prompts | None]]) -> None:
    """Keep the prompts of events, by event id; those that are kept already stay as they were.

    Before the events themselves are stored, so that no crash leaves an event without its prompts.
    """
    if not any(prompts for _, prompts in given):
        return
    limit = _limit(world, principal)
    for event_id, prompts in given:
        if limit and prompts:
            world.vault.add(principal.team, _name(event_id), _pack(prompts, limit))


def mark(world: World, principal: Principal, drafts: Sequence[Draft]) -> None:
    """Note in every draft whose prompts will be kept that there are some, so that lists can tell
    without a look at each."""
    if not any(draft.prompts for draft in drafts) or not _limit(world, principal):
        return
    for draft in drafts:
        if draft.prompts:
            draft.extras["hasPromptData"] = True


def prompts_of(world: World, team: Scope, event_id: str) -> Prompts | None:
    """The prompts of an event; None when none were kept."""
    try:
        data = world.vault.get(team, _name(event_id))
    except NotInVault:
        return None
    return Prompts(*json.loads(zlib.decompress(data)))


def are_told(row: Mapping[str, Any]) -> bool:
    """Whether a row says that its call has prompts."""
    return "hasPromptData" in (row.get("extras") or "")


def lend(world: World, team: Scope, event_id: str, other: str) -> None:
    """Keep the prompts of an event as those of another one too, unless that has some."""
    try:
        world.vault.add(team, _name(other), world.vault.get(team, _name(event_id)))
    except NotInVault:
        return


def blank(world: World, team: Scope, event_id: str) -> bool:
    """Replace the prompts of an event by none; whether there were any. The place stays taken, so
    that an event that is sent again does not bring its prompts back."""
    if prompts_of(world, team, event_id) in (None, _NONE):
        return False
    world.vault.put(team, _name(event_id), _pack(_NONE, SYSTEM_LIMIT))
    return True


def any_kept(world: World, team: Scope) -> bool:
    """Whether prompts of any event of a team are kept."""
    return next(iter(world.vault.names(team, _PREFIX)), None) is not None


def kept_of(world: World, team: Scope, event_ids: Container[str]) -> Iterator[str]:
    """The ones of some events whose prompts are kept."""
    for name in world.vault.names(team, _PREFIX):
        if (event_id := name.removeprefix(_PREFIX)) in event_ids:
            yield event_id


def forget(world: World, team: Scope, event_id: str) -> None:
    """Remove the prompts of an event."""
    world.vault.delete(team, _name(event_id))


def _limit(world: World, principal: Principal) -> int:
    """Characters that the team lets us keep; 0 when it does not."""

    def look_up() -> int:
        record = world.documents.get(principal.tenant, TEAM, principal.team)
        settings = TeamSettings.of(record)
        if not settings.captures_prompts:
            return 0
        return settings.prompt_limit or SYSTEM_LIMIT

    return registry(world).remember((principal.team, _LIMIT), look_up, for_ms=MINUTE)


def forget_limit(world: World, team: Scope) -> None:
    """Have the next call look up what its team lets us keep. Other processes go on believing what
    they found for up to a minute."""
    registry(world).forget(team, _LIMIT, _LIMIT)


def _name(event_id: str) -> str:
    return f"{_PREFIX}{event_id}"


def _pack(prompts: Prompts, limit: int) -> bytes:
    """As it is stored: the three texts, and whether any of them is cut."""
    texts = (prompts.system, prompts.input, prompts.output)
    kept = [_cut(text, limit) for text in texts]
    truncated = prompts.truncated or any(len(text or "") > limit for text in texts)
    return zlib.compress(dumps([*kept, truncated]))


def _cut(text: str | None, limit: int) -> str | None:
    """A text of at most `limit` characters, marked where it was cut."""
    if text is None or len(text) <= limit:
        return text
    return text[: max(0, limit - len(MARK))] + MARK[:limit]
