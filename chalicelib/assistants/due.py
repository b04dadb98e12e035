"""Due: what a schedule has read, or a thread: pull requests, and contributions of Claude Code.
Batch functions only: needs pyarrow."""

from collections import Counter

from chalicelib.assistants.contribution_syncing import sync_contributions
from chalicelib.assistants.readings import SyncStatus
from chalicelib.assistants.syncing import sync_due
from chalicelib.kit.turns import in_turn
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.records import BILLS


def sync_assistants(world: World, *, until: int | None = None) -> dict[str, int]:
    """Read all that is due of all teams; how many connections were read, and how many of them
    `failed`. Begins nothing after the instant `until` (UTC epoch ms)."""
    done = Counter(sync_due(world, until=until))
    for member in in_turn(BILLS.members(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        status = sync_contributions(world, Scope(member.id), until=until)
        if status is not None:
            done["failed" if status is SyncStatus.FAILED else "synced"] += 1
    return dict(done)
