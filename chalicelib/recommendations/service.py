"""Verbs of recommendations: the rules, runs, and what is said about their advice."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso, millis
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.announcing import announce_feedback
from chalicelib.recommendations.errors import UnknownRun
from chalicelib.recommendations.feedback_schemas import RecommendationFeedbackRequest
from chalicelib.recommendations.investigators.registry import INVESTIGATORS
from chalicelib.recommendations.records import DETAIL, FEEDBACK, RUN, Run, oldest_first
from chalicelib.recommendations.requests import read_request
from chalicelib.recommendations.running import RunActor, StartedRun, check_enabled, start
from chalicelib.recommendations.schemas import RecommendationRunRequest, RunListQuery
from chalicelib.recommendations.showing import show_item, show_run
from chalicelib.recommendations.vocabulary import FeedbackAction, TriggeredBy
from chalicelib.reports.asking import Asker
from chalicelib.resources.errors import TooMany
from chalicelib.resources.roster import ADVISED

Json = dict[str, Any]
_MOST_FEEDBACK, _MOST_READ, _MOST_SUMMED = 1_000, 2_000, 20_000
"""Feedback that a run takes; runs that one request for a list looks at; feedback that is added
up."""


def list_investigators(world: World) -> list[Json]:
    """What runs look for. Raises AdviceDisabled."""
    check_enabled(world)
    return [
        {"id": each.id, "displayName": each.name, "category": each.id, "version": each.version}
        for each in INVESTIGATORS
    ]


def start_run(world: World, principal: Principal, request: RecommendationRunRequest) -> StartedRun:
    """Make a run, at once. Raises Invalid, AdviceDisabled, RunInProgress."""
    check_enabled(world)
    order = read_request(request)
    ADVISED.enrol(world.documents, principal.team, {"tenant": principal.tenant})
    actor = RunActor(principal.tenant, principal.team, TriggeredBy.API, key_hint=principal.key_id)
    return start(world, actor, order, Asker.of(world, principal.team))


def page_runs(world: World, team: Scope, query: RunListQuery) -> Json:
    """A page of runs, the newest first. Raises AdviceDisabled, Invalid."""
    check_enabled(world)
    if query.since is not None and query.until is not None and query.since > query.until:
        raise Invalid("since: is after until", field="since")
    found: list[Run] = []
    read, cursor = 0, query.cursor
    while True:
        # As many as are still wanted, so that no page ends between two that are shown.
        wanted = query.limit - len(found)
        page = world.documents.page(team, RUN, cursor=cursor, limit=wanted)
        found += [run for run in map(Run.of, page.records) if _passes(run, query)]
        read, cursor = read + len(page.records), page.cursor
        if cursor is None or len(found) == query.limit or read >= _MOST_READ:
            return {"data": [show_item(run) for run in found], "next_cursor": cursor}


def _passes(run: Run, query: RunListQuery) -> bool:
    if query.status is not None and run.status is not query.status:
        return False
    if query.triggered_by is not None and run.triggered_by is not query.triggered_by:
        return False
    if query.since is not None and run.created_at < query.since:
        return False
    return query.until is None or run.created_at <= query.until


def read_run(world: World, team: Scope, run_id: str, *, slim: bool) -> Json:
    """A run with what it has found. Raises AdviceDisabled, UnknownRun."""
    run = find_run(world, team, run_id)
    detail = world.documents.get(team, DETAIL, run_id)
    feedback = list_feedback(world, team, run_id)
    return show_run(run, detail.doc if detail else {}, feedback, slim=slim)


def find_run(world: World, team: Scope, run_id: str) -> Run:
    """A run of the team. Raises AdviceDisabled, UnknownRun."""
    check_enabled(world)
    record = world.documents.get(team, RUN, run_id)
    if record is None or record.deleted:
        raise UnknownRun(f"there is no run {run_id[:64]}")
    return Run.of(record)


def list_feedback(world: World, team: Scope, run_id: str) -> list[Json]:
    """All feedback of a run, the oldest first; none of a run that is unknown. Raises
    AdviceDisabled."""
    check_enabled(world)
    records = walk(world.documents, team, FEEDBACK, by="reference", prefix=run_id)
    found = [record for record in records if record.doc["runId"] == run_id]
    found.sort(key=lambda record: (record.created_at, record.id))
    return [dict(record.doc) for record in found]


def record_feedback(
    world: World, principal: Principal, request: RecommendationFeedbackRequest
) -> Json:
    """Keep what was done about an advice. Raises UnknownRun, Invalid, AdviceDisabled."""
    team = principal.team
    find_run(world, team, request.runId)
    if request.recommendationId not in _list_advice(world, team, request.runId):
        raise UnknownRun(f"the run has no recommendation {request.recommendationId}")
    if len(list_feedback(world, team, request.runId)) >= _MOST_FEEDBACK:
        raise Invalid(f"a run takes {_MOST_FEEDBACK} feedbacks at most", field="runId")
    now = world.now()
    measured = request.realizedSavingsMeasuredAt
    doc = {
        "id": str(uuid4()),
        **request.model_dump(mode="json"),
        "realizedSavingsMeasuredAt": iso(millis(measured)) if measured else None,
        "actorUserId": "",
        "actorApiKeyHint": principal.key_id,
        "created": iso(now),
    }
    record = Record(
        FEEDBACK,
        str(doc["id"]),
        doc,
        name=oldest_first(now),
        reference=request.runId,
        created_at=now,
        updated_at=now,
    )
    world.documents.create(team, record)
    announce_feedback(world, principal.tenant, team, doc)
    return doc


def take_back_feedback(world: World, team: Scope, feedback_id: str) -> Json:
    """Take feedback back: it is in no list and no sum any more. Raises UnknownRun,
    AdviceDisabled."""
    check_enabled(world)
    record = world.documents.get(team, FEEDBACK, feedback_id)
    if record is None or record.deleted:
        raise UnknownRun(f"there is no feedback {feedback_id[:64]}")
    world.documents.update(team, replace(record, deleted=True, updated_at=world.now()))
    return dict(record.doc)


def sum_realized(world: World, team: Scope) -> Json:
    """See RealizedSavingsList: of each advice the newest feedback counts, where that says that it
    was implemented. Raises AdviceDisabled, TooMany."""
    check_enabled(world)
    newest: dict[tuple[str, str], Json] = {}
    for number, record in enumerate(walk(world.documents, team, FEEDBACK)):
        if number == _MOST_SUMMED:
            raise TooMany(f"there are over {_MOST_SUMMED} feedbacks")
        newest[record.doc["runId"], record.doc["recommendationId"]] = dict(record.doc)
    sums: dict[str, list[Decimal]] = {}
    for doc in newest.values():
        if doc["action"] == FeedbackAction.IMPLEMENTED:
            amounts = sums.setdefault(doc["realizedSavingsCurrency"], [])
            amounts.append(Decimal(str(doc["realizedSavings"])))
    return {
        "savings": [
            {"currency": name, "realizedSavings": sum(amounts), "recommendations": len(amounts)}
            for name, amounts in sorted(sums.items())
        ]
    }


def _list_advice(world: World, team: Scope, run_id: str) -> set[str]:
    """The ids of the advice of a run."""
    detail = world.documents.get(team, DETAIL, run_id)
    shown = show_run(find_run(world, team, run_id), detail.doc if detail else {}, [], slim=True)
    return {each["id"] for each in shown["recommendationsSummary"]}
