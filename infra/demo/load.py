"""Demo calls through the front door of the rules: attributed, rated and stored as if they had been
posted."""

from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

import click

from chalicelib.identity.keys import KeyKind
from chalicelib.identity.records import TEAM, Principal
from chalicelib.identity.service import create_team
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.schemas import AiCompletionIngest
from chalicelib.metering.service import record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.demo.events import Body, demo_calls

_DAYS, _AT_ONCE = 30, 500
_OTHER_TEAMS = {"Research": 7, "Field trials": 3}
"""Further teams, and how many days of calls they have."""


def load_demo(world: World, tenant: Scope, team: Scope, *, quiet: bool) -> dict[str, str]:
    """Load the demo calls; those that are there already are known by their ids. The further teams
    by name."""
    others = {name: _team(world, tenant, name) for name in _OTHER_TEAMS}
    calls = list(_calls(world.now(), team, others))
    with click.progressbar(
        length=len(calls), label=f"Loading {len(calls):,} demo calls", hidden=quiet
    ) as shown:
        for owner, same in groupby(calls, itemgetter(0)):
            principal = Principal(tenant, owner, "demo", KeyKind.METERING.scopes)
            drafts = (completion_draft(AiCompletionIngest.model_validate(call)) for _, call in same)
            while some := list(islice(drafts, _AT_ONCE)):
                record(world, principal, some)
                shown.update(len(some))
    return others


def _calls(now: int, team: Scope, others: dict[str, str]) -> Iterator[tuple[str, Body]]:
    """Each call with the team that made it."""
    yield from ((team, call) for call in demo_calls(now, _DAYS))
    for name, other in others.items():
        yield from ((other, call) for call in demo_calls(now, _OTHER_TEAMS[name]))


def _team(world: World, tenant: Scope, name: str) -> str:
    """The team of a name, made when there is none."""
    known = world.documents.page(tenant, TEAM, prefix=name, limit=1).records
    return known[0].id if known else create_team(world, tenant, name)
