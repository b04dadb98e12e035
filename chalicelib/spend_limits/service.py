"""Verbs of limits at providers."""

from chalicelib.providers.answers import Json
from chalicelib.providers.connections import ask_at_once
from chalicelib.resources.checks import check_id, check_team
from chalicelib.resources.revisions import name_author
from chalicelib.resources.store import Store
from chalicelib.spend_limits.planning import Order, make_plan
from chalicelib.spend_limits.presenting import read_spent, show_plan
from chalicelib.spend_limits.pushing import push, remove
from chalicelib.spend_limits.schemas import NewProviderLimit
from chalicelib.spend_limits.watching import look, watch

_DONE = {
    "REMOVE": "was taken away: at the provider stands what stood before",
    "LEAVE": "is forgotten: another limit stood at the provider, and was left alone",
    "FORGET": "is forgotten: the provider was not asked, and what stands there stays",
}
"""What became of a limit, in words."""


def order(store: Store, wanted: NewProviderLimit) -> Json:
    """What writing a rule to a provider would do; with `dryRun` false it is written.

    Raises UnknownRecord, Throttled; where it is written also LimitRefused, Stale, Taken and what
    the provider does.
    """
    check_team(wanted.teamId, store.principal.team)
    check_id(wanted.ruleId, "ruleId")
    asked = Order(
        wanted.ruleId,
        wanted.credentialId or "",
        wanted.target or "",
        wanted.amount,
        partial=wanted.partial,
        replace=wanted.replace,
    )
    world, team = store.world, store.scope
    plan = make_plan(world, team, asked)
    written = None
    if not wanted.dryRun:
        written = push(world, team, name_author(world, store.principal), plan)
    return show_plan(plan, read_spent(world, team, [plan.rule]), written)


def check(store: Store, record_id: str) -> Json:
    """One limit, once its provider was asked what stands. Raises UnknownRecord, Throttled."""
    record = store.get(record_id)
    (seen,) = watch(store.world, store.scope, [record])
    if seen.connection is not None:
        with ask_at_once(store.world, seen.connection) as upstream:
            look(store.world, store.scope, record.id, seen.limit, upstream)
    return store.row(store.get(record_id))


def take_away(store: Store, record_id: str, *, forget: bool) -> Json:
    """Take a limit away at its provider, or forget it. Raises UnknownRecord, LimitRefused, Stale
    and what the provider does."""
    record = store.get(record_id)
    world = store.world
    done = remove(world, store.scope, name_author(world, store.principal), record, forget=forget)
    return {
        "id": record.id,
        "message": f"{store.resource.name} {record.id} {_DONE[done]}",
        "resourceType": store.resource.resource_type,
    }
