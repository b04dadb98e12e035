"""Facts that were measured of jobs: which are refused, and how they are stored."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.jobs.economics import find_fact_keys
from chalicelib.jobs.records import Job
from chalicelib.jobs.schemas import Fact
from chalicelib.kit.clock import DAY
from chalicelib.kit.errors import Fault
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.revisions import name_author

_MOST_FACTS = 200
_YEAR = 366 * DAY


def find_faults(
    world: World, team: Scope, job: Job, facts: Sequence[Fact], prefix: str
) -> list[Fault]:
    """What is wrong with facts for a job that has its own; `prefix` is the path of their array in
    the body."""
    active = {fact.key for fact in job.active_facts}
    declared = find_fact_keys(world, team, job.type) if facts else None
    faults: list[Fault] = []
    keys: set[str] = set()
    for at, fact in enumerate(facts):
        path = f"{prefix}{at}"
        if declared is not None and fact.key not in declared:
            message = f"{fact.key} is not declared PER_JOB for job type {job.type}"
            faults.append(Fault(f"{path}.key", message))
        if fact.key in keys:
            faults.append(Fault(f"{path}.key", f"{fact.key} stands in the request twice"))
        faults += _faults_of(fact, path, active, world.now())
        keys.add(fact.key)
    if len(job.facts) + len(facts) > _MOST_FACTS:
        message = f"a job has at most {_MOST_FACTS} facts, those that were replaced included"
        faults.append(Fault("metrics", message))
    return faults


def _faults_of(fact: Fact, path: str, active: Collection[str], now: int) -> Iterator[Fault]:
    """What is wrong with one fact by itself; `active` are the keys of the facts that hold."""
    if fact.key in active and not (fact.reason or "").strip():
        message = f"{fact.key} is recorded already: replacing it needs a reason"
        yield Fault(f"{path}.reason", message)
    if fact.recordedAt is not None and not now - _YEAR <= fact.recordedAt <= now:
        message = "must not be in the future, nor over a year ago"
        yield Fault(f"{path}.recordedAt", message)


def with_facts(
    world: World, principal: Principal, doc: Mapping[str, Any], facts: Sequence[Fact]
) -> dict[str, Any]:
    """A stored job with further facts: one a key is active, one that was replaced stays."""
    keys = {fact.key for fact in facts}
    stored = [
        {**old, "active": old["active"] and old["key"] not in keys} for old in doc.get("facts", [])
    ]
    who, now = name_author(world, principal), world.now()
    for fact in facts:
        told = fact.model_dump(mode="json", exclude_none=True)
        stored.append({"recordedBy": who, "recordedAt": now, "active": True, **told})
    return {**doc, "facts": stored}
