"""Syncing: merged pull requests are read, again and again, from where a team's code is kept.

A pass looks at all repositories, by name, for what was changed since the pass before (a day
earlier, to be sure), and once a week all the way back. What was read is kept as it is read, and a
pass that was broken off (by a time-out, by GitHub's limits, by a kill -9) goes on where it stood.
What GitHub does not tell leaves what was known before, and a reason. Batch functions only: needs
pyarrow.
"""

from collections import Counter

from chalicelib.assistants.outcomes import SyncOutcome
from chalicelib.assistants.passes import SyncRun
from chalicelib.assistants.readings import SyncStatus, read_reading
from chalicelib.assistants.records import (
    GITHUB,
    INTEGRATED,
    Integration,
    TokenStatus,
    read_integrations,
)
from chalicelib.assistants.states import Busy, LeaseLost, take
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.logs import logger
from chalicelib.kit.turns import in_turn
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def sync_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Read the pull requests of all teams that are due; how many connections were read, and how
    many of them `failed`. Begins nothing after the instant `until` (UTC epoch ms)."""
    done = Counter({"synced": 0, "failed": 0})
    for member in in_turn(INTEGRATED.members(world.documents), world.now()):
        tenant, team = Scope(member.doc["tenant"]), Scope(member.id)
        done.update(sync_team(world, tenant, team, until=until))
    return dict(done)


def sync_team(
    world: World, tenant: Scope, team: Scope, *, until: int | None = None
) -> dict[str, int]:
    """The same for one team."""
    done = {"synced": 0, "failed": 0}
    for integration in read_integrations(world.documents, team):
        if until is not None and world.now() >= until:
            break
        if not _is_due(world, team, integration):
            continue
        try:
            outcome = sync(world, tenant, team, integration, until=until)
        except (Busy, LeaseLost):
            continue
        done["failed" if outcome.status is SyncStatus.FAILED else "synced"] += 1
    return done


def _is_due(world: World, team: Scope, integration: Integration) -> bool:
    if integration.kind != GITHUB or integration.status is TokenStatus.INVALID:
        return False
    reading, now = read_reading(world.documents, team, integration.id), world.now()
    if reading.is_running(now):
        return False
    return reading.is_wanted or now - reading.tried_at >= (
        world.settings.github_sync_minutes * MINUTE
    )


def sync(
    world: World, tenant: Scope, team: Scope, integration: Integration, *, until: int | None = None
) -> SyncOutcome:
    """Read the pull requests of one connection. Raises Busy, and LeaseLost when the connection was
    changed or deleted meanwhile."""
    lease = take(world, team, integration.id)
    run = SyncRun(world, tenant, team, integration, lease=lease, until=until)
    try:
        outcome = run.work()
    except LeaseLost:
        run.give_back()
        raise
    run.end(outcome)
    log = logger().info if outcome.status is SyncStatus.SUCCESS else logger().warning
    log(
        "pull requests were read",
        extra={"team": team, "status": outcome.status, "reason": outcome.error},
    )
    return outcome
