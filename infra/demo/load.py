"""Demo calls through the front door of the rules: attributed, rated and stored as if they had been
posted."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby, islice
from operator import itemgetter

import click

from chalicelib.directory.job_records import build_job, rewrite_job
from chalicelib.directory.jobs import TELEMETRY
from chalicelib.identity.keys import KeyKind
from chalicelib.identity.records import TEAM, Principal
from chalicelib.identity.service import create_team
from chalicelib.kit.clock import parse_instant
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.schemas import AiCompletionIngest
from chalicelib.metering.service import record
from chalicelib.ports.documents import Record
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
    _begin_jobs(world, calls)
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


def _begin_jobs(world: World, calls: Iterable[tuple[str, Body]]) -> None:
    """Have each job begin with its first call: metering has one begin when it hears of it, which
    for all of the demo's is now."""
    begun: dict[tuple[str, str], tuple[int, Body]] = {}
    for owner, call in calls:
        if name := call.get("agenticJobId"):
            at = parse_instant(call["requestTime"])
            known, _ = begun.get((owner, name), (at + 1, call))
            if at < known:
                begun[owner, name] = (at, call)
    for (owner, name), (at, call) in begun.items():
        rewrite_job(world, Scope(owner), name, partial(_begin, world, Scope(owner), at, call))


def _begin(world: World, team: Scope, at: int, call: Body, before: Record | None) -> Record | None:
    """A job of a call that was made at an instant (UTC epoch ms); None for one that is there."""
    if before is not None:
        return None
    stated = {
        "agenticJobId": call["agenticJobId"],
        "name": call["agenticJobName"],
        "type": call["agenticJobType"],
    }
    return build_job(replace(world, now=lambda: at), team, stated, TELEMETRY, None)


def _team(world: World, tenant: Scope, name: str) -> str:
    """The team of a name, made when there is none."""
    known = world.documents.page(tenant, TEAM, prefix=name, limit=1).records
    return known[0].id if known else create_team(world, tenant, name)
