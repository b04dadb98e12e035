"""Scheduling: a run a week for every team that has a lake."""

from chalicelib.kit.clock import DAY, HOUR, MINUTE
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import logger
from chalicelib.kit.turns import in_turn
from chalicelib.kit.windows import Window
from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.requests import order_of
from chalicelib.recommendations.running import RunActor, start
from chalicelib.recommendations.vocabulary import TriggeredBy
from chalicelib.reports.asking import Asker
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.roster import find_tenant, lake_teams

_KIND, _ID = "INSIGHT_SCHEDULE", "weekly"
_WEEK, _EARLY = 7 * DAY, HOUR
_PERIOD_DAYS = 28
"""Four weeks, so that every day of the week counts as often."""
_PATIENCE = 5 * MINUTE
"""How long a run may ask the lake, when nobody waits for it."""


def advise_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Make a run for every team that has had none for a week; how many were made, and how many
    teams could have none now. Begins no team after `until` (UTC epoch ms)."""
    done = {"runs": 0, "failed": 0}
    if not world.settings.insights_enabled:
        return done
    for team in in_turn(lake_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        if not _take_turn(world.documents, team, world.now()):
            continue
        try:
            _run(world, team)
            done["runs"] += 1
        except MeterlakeError as failure:
            logger().warning("a weekly run was not made: %s", failure, extra={"team": team})
            done["failed"] += 1
    return done


def _take_turn(documents: Documents, team: Scope, now: int) -> bool:
    """Whether a team is due; noted, so that nobody else makes its run. One that fails is not made
    again before its next turn."""
    is_due = False

    def change(doc: Doc) -> Doc | None:
        nonlocal is_due
        is_due = now - doc.get("at", 0) >= _WEEK - _EARLY
        return {"at": now} if is_due else None

    amend(documents, team, _KIND, _ID, change)
    return is_due


def _run(world: World, team: Scope) -> None:
    today = world.now() - world.now() % DAY
    order = order_of(Window(today - _PERIOD_DAYS * DAY, today - 1))
    tenant = find_tenant(world.documents, team)
    actor = RunActor(tenant, team, TriggeredBy.SCHEDULE)
    start(world, actor, order, Asker(world, team, world.now() + _PATIENCE))
