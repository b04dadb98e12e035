"""Following the feed: what is metered moves the counters, ends reservations, and makes the compiled
sets anew."""

from collections.abc import Iterable

from chalicelib.budgets.compiling import compile_rules
from chalicelib.budgets.counting import count_batch
from chalicelib.budgets.settling import settle
from chalicelib.kit.logs import logger
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def follow(world: World, batch: FeedBatch) -> set[Scope]:
    """Count a batch of the feed and end the reservations of its calls, both exactly once however
    often it comes by; the teams whose counters may have moved. Raises Unavailable."""
    counted = count_batch(world, batch)
    for team, rows in counted.items():
        # After counting: as long as both stand, a budget has too little room and never too much.
        settle(world, team, rows)
    return set(counted)


def renew_sets(world: World, teams: Iterable[Scope]) -> None:
    """Make the compiled sets of teams anew. A lake that is too busy to tell a base is asked again
    by the schedule."""
    for team in teams:
        try:
            compile_rules(world, team)
        except EngineBusy:
            logger().warning("a set of cost controls was not renewed", extra={"team": team})
