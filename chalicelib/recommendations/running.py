"""Running: how a run begins, is kept from being made twice, and ends.

One run of a team is under way at a time: its record holds a unique value until it is finished. One
that has died holds it for `_DEAD_MS`.

    A  create (holds active) -- analyse -------------------- update (lets go), detail beside it
    B        create: Taken, 409
    C                               A asked the same: found, `duplicated`
"""

import time
from dataclasses import dataclass, replace
from uuid import uuid4

from chalicelib.kit.clock import MINUTE, SECOND
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record, Stale, Taken, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.analysis import Analysis, analyse
from chalicelib.recommendations.announcing import announce_run
from chalicelib.recommendations.errors import AdviceDisabled, RunInProgress
from chalicelib.recommendations.keeping import detail_of, numbers_of
from chalicelib.recommendations.presenting import RunFrame
from chalicelib.recommendations.records import ACTIVE, RUN, Run, newest_first
from chalicelib.recommendations.requests import RunOrder
from chalicelib.recommendations.segments import segment_of
from chalicelib.recommendations.thresholds import read_thresholds
from chalicelib.recommendations.vocabulary import RunStatus, TriggeredBy
from chalicelib.reports.asking import Asker

_DEAD_MS = 15 * MINUTE
"""No function lives longer."""
_AGAIN = (RunStatus.FAILED, RunStatus.CANCELLED)
"""Runs that nobody is referred to."""


@dataclass(frozen=True, slots=True)
class RunActor:
    """Whom a run is made for, and who has begun it. `tenant` is empty where nobody knows it: then
    nobody is told."""

    tenant: Scope
    team: Scope
    triggered_by: TriggeredBy
    user: str = ""
    key_hint: str = ""


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that was asked for; `is_duplicate`: it was there already."""

    run: Run
    is_duplicate: bool


def check_enabled(world: World) -> None:
    """Raises AdviceDisabled."""
    if not world.settings.insights_enabled:
        raise AdviceDisabled("recommendations are switched off in this deployment")


def start(world: World, actor: RunActor, order: RunOrder, asker: Asker) -> StartedRun:
    """Make a run, or find the one that has just asked the same. Raises AdviceDisabled,
    RunInProgress, ThresholdsInvalid."""
    check_enabled(world)
    read_thresholds(world.settings)
    known = _find_same(world, actor.team, order)
    if known is not None:
        return StartedRun(known, is_duplicate=True)
    _end_what_died(world, actor.team)
    record = _create(world, actor, order)
    began = time.monotonic()
    finished = False
    try:
        result = _analyse(asker, actor.team, order)
        run = _finish(world, actor, record, (order, result, time.monotonic() - began))
        finished = True
    finally:
        if not finished:
            _give_up(world, actor.team, record)
    announce_run(world, actor.tenant, actor.team, run)
    return StartedRun(run, is_duplicate=False)


def _find_same(world: World, team: Scope, order: RunOrder) -> Run | None:
    since = world.now() - int(world.settings.insight_dedup_s * SECOND)
    found: list[Run] = []
    for record in walk(world.documents, team, RUN, by="reference", prefix=order.fingerprint):
        run = Run.of(record)
        if run.created_at > since and run.status not in _AGAIN:
            found.append(run)
    return max(found, key=lambda run: run.created_at, default=None)


def _end_what_died(world: World, team: Scope) -> None:
    """Let go what a run holds that nobody finishes any more. Raises RunInProgress for one that is
    alive."""
    record = world.documents.find(team, RUN, *next(iter(ACTIVE.items())))
    if record is None:
        return
    if record.created_at > world.now() - _DEAD_MS:
        raise RunInProgress("a run of this team is under way: wait until it is finished")
    _give_up(world, team, record)


def _give_up(world: World, team: Scope, record: Record) -> None:
    doc = {**record.doc, "status": RunStatus.FAILED, "message": "the run broke off"}
    try:
        world.documents.update(team, replace(record, doc=doc, unique={}, updated_at=world.now()))
    except Stale:
        return  # somebody else has ended it


def _create(world: World, actor: RunActor, order: RunOrder) -> Record:
    now = world.now()
    doc = {
        "status": RunStatus.RUNNING,
        "message": "",
        "start": order.window.start,
        "end": order.window.end,
        "triggeredBy": actor.triggered_by,
        "user": actor.user,
        "keyHint": actor.key_hint,
        "asked": dict(order.asked),
        "numbers": {},
        "failed": [],
    }
    record = Record(
        RUN,
        str(uuid4()),
        doc,
        name=newest_first(now),
        reference=order.fingerprint,
        unique=dict(ACTIVE),
        created_at=now,
        updated_at=now,
    )
    try:
        return world.documents.create(actor.team, record)
    except Taken as error:
        raise RunInProgress("a run of this team is under way: wait until it is finished") from error


def _analyse(asker: Asker, team: Scope, order: RunOrder) -> Analysis | MeterlakeError:
    """What the run finds, or why it could not be made."""
    segment = segment_of(asker.world, team, order.filters, with_assistants=order.with_assistants)
    try:
        return analyse(asker, order.window, segment, order.excluded)
    except MeterlakeError as failure:
        return failure


def _finish(
    world: World,
    actor: RunActor,
    record: Record,
    outcome: tuple[RunOrder, Analysis | MeterlakeError, float],
) -> Run:
    order, result, elapsed_s = outcome
    frame = RunFrame(record.id, order.window, order.parameters, record.created_at, order.excluded)
    if isinstance(result, MeterlakeError):
        status, message, failed = RunStatus.FAILED, f"the run failed: {result.message}", []
        result = Analysis()
    else:
        status, message, failed = *_judge(result), result.failed
    detail = detail_of(frame, result, world.now())
    numbers = {
        **numbers_of(result, detail),
        "durationMs": round(elapsed_s * SECOND),
        "costUsd": str(to_usd(result.spend)),
        "excludedUsd": str(to_usd(result.excluded)),
    }
    doc = {**record.doc, "status": status, "message": message}
    doc |= {"failed": failed, "numbers": numbers}
    changed = replace(record, doc=doc, unique={}, updated_at=world.now())
    return Run.of(world.documents.update(actor.team, changed, also=[detail]))


def _judge(result: Analysis) -> tuple[RunStatus, str]:
    """How a run ended, in a word and in a sentence."""
    if not result.failed:
        return RunStatus.COMPLETED, f"{result.run} investigators were run"
    told = f"{len(result.failed)} of {result.run} investigators failed"
    everything = len(result.failed) == result.run
    return (RunStatus.FAILED if everything else RunStatus.PARTIAL), told
