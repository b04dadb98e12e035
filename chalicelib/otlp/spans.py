"""Spans: model calls become completions, what stands around them becomes spans of a trace."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from chalicelib.directory.names import Names
from chalicelib.lake.tables import TRACE_SPANS
from chalicelib.metering.drafts import Draft
from chalicelib.otlp.answer_usage import put_answer_usage
from chalicelib.otlp.assistants import is_assistant, is_assistant_scope
from chalicelib.otlp.batches import facts_of, find_wrapping_rows, frames_of
from chalicelib.otlp.cases import SpanCase
from chalicelib.otlp.cleaning import Unfit
from chalicelib.otlp.forms import Resource, Span, UnreadRecord
from chalicelib.otlp.genai import (
    NANOS,
    SELDOM,
    Bounds,
    completion,
    is_model_call,
    names_of,
    reason_of,
)
from chalicelib.otlp.leftovers import events_hold_usage, holds_usage
from chalicelib.otlp.nesting import climb
from chalicelib.otlp.operations import (
    AGENT,
    MODEL,
    TOOL,
    Role,
    operation_of,
)
from chalicelib.otlp.parts import join_usage
from chalicelib.otlp.prompts import read_prompts
from chalicelib.otlp.rejects import SPANS_UNCOUNTED, DraftBatch, Leftover, Rejects
from chalicelib.otlp.rules import NO_VALUES, read_attributes
from chalicelib.otlp.vocabulary import RESOURCE

_NAME = 255
_TIMES = ("startTimeUnixNano", "endTimeUnixNano")
Key = tuple[str, str]
"""A span by its trace and its own id."""


def span_drafts(resources: Sequence[Resource[Span]], bounds: Bounds) -> DraftBatch:
    """The drafts of an export of traces, and what was wrong with the rest."""
    rejects = Rejects("spans")
    groups: list[list[SpanCase]] = []
    first = 0
    for resource in resources:
        groups.append(_cases(resource, first, rejects))
        first += resource.number()
    cases = [case for group in groups for case in group]
    agents = Agents(cases)
    made = _make(_find_genai(groups, cases), agents, bounds, rejects)
    parents = _parents_of(cases)
    scopes = {scope.name for resource in resources for scope in resource.scopes}
    wrappers = find_wrapping_rows(made, parents, has_several=len(scopes) > 1)
    drafts = [draft for _, draft in made]
    if wrappers:
        for place, (case, _) in enumerate(made):
            span = case.span
            if case.is_call and (span.trace_id, span.span_id) in wrappers:
                drafts[place] = _trace_span(case, agents.above(span))
    left = _tell_leftovers(cases, parents, rejects)
    return DraftBatch(
        drafts,
        rejects,
        parents,
        wrappers,
        left=left,
        frames=partial(frames_of, made, parents),
        facts=partial(facts_of, made),
    )


def _find_genai(
    groups: Sequence[Sequence[SpanCase]], cases: Sequence[SpanCase]
) -> Sequence[SpanCase]:
    """The spans that are part of a GenAI trace; `groups` are those of the resources."""
    others = {case.place for case in cases if not case.is_call and case.operation is None}
    if not others:
        return cases
    # A resource that makes GenAI spans: all of its spans are kept when their trace is one.
    traces = {case.span.trace_id for case in cases if case.place not in others}
    for group in groups:
        if any(_claims_resource(case) for case in group):
            others -= {case.place for case in group if case.span.trace_id in traces}
    return [case for case in cases if case.place not in others]


def _tell_leftovers(
    cases: Sequence[SpanCase], parents: Mapping[Key, str], rejects: Rejects
) -> dict[Key, Leftover]:
    """Tell of the spans with usage that are no calls. Those that may sum up calls, while none that
    used anything is below them in the request."""
    others = [case for case in cases if not case.is_call]
    left, empty = list(filter(_holds_usage, others)), list(filter(_is_empty_call, others))
    if not (left or empty):
        return {}
    above: set[Key] = set()
    for case in cases:
        if case.is_call and holds_usage(case.values.facts):
            above.update(climb((case.span.trace_id, case.span.span_id), parents))
    rejects.empty = sum((case.span.trace_id, case.span.span_id) not in above for case in empty)
    unclear: dict[Key, Leftover] = {}
    for case in left:
        place = case.span.trace_id, case.span.span_id
        if not case.counts:
            rejects.remark = SPANS_UNCOUNTED
        elif place not in parents:
            rejects.add_unused(case.place)
        elif place not in above:
            unclear[place] = Leftover(case.place, case.role in _SUMMING)
    return unclear


_SUMMING = (AGENT, TOOL)
"""Roles of spans whose usage is always that of calls below them, though none has come yet. A span
of another role that is no call is taken for such a sum only where a call below it is known."""


def _is_empty_call(case: SpanCase) -> bool:
    """Whether a span is a call of a named model that tells nothing that was used, as a stream of
    OpenAI's without `include_usage`."""
    if case.role is not MODEL or not case.counts or case.is_refused:
        return False
    facts = case.values.facts
    return ("model" in facts or "asked_model" in facts) and not _holds_usage(case)


def _holds_usage(case: SpanCase) -> bool:
    """Whether a span tells of usage, and was not refused already."""
    if case.is_refused:
        return False
    return holds_usage(case.values.facts) or events_hold_usage(case.span.events)


def _make(
    cases: Sequence[SpanCase], agents: "Agents", bounds: Bounds, rejects: Rejects
) -> list[tuple[SpanCase, Draft]]:
    """The spans with their drafts. What cannot be made is added to the rejects."""
    made: list[tuple[SpanCase, Draft]] = []
    for case in cases:
        try:
            draft = _draft(case, agents, bounds)
        except Unfit as fault:
            rejects.add(case.place, fault)
            case.is_refused = True
        else:
            if draft:
                made.append((case, draft))
    return made


def _parents_of(cases: Sequence[SpanCase]) -> dict[Key, str]:
    """The parents of the spans that stand in a trace."""
    parents: dict[Key, str] = {}
    for case in cases:
        span = case.span
        if span.trace_id and span.span_id:
            parents[span.trace_id, span.span_id] = span.parent_id
    return parents


def _cases(resource: Resource[Span], first: int, rejects: Rejects) -> list[SpanCase]:
    """The spans of a resource that can be read; `first` is the place of the first one."""
    host = NO_VALUES.with_readings(read_attributes(RESOURCE, resource.attributes))
    # Coding assistants also log each call, under another id: taking both would count it twice.
    counts_calls = not is_assistant(host.facts.get("service", ""))
    cases: list[SpanCase] = []
    place = first - 1
    for scope in resource.scopes:
        counts = counts_calls and not is_assistant_scope(scope.name)
        for span in scope.records:
            place += 1
            if isinstance(span, UnreadRecord):
                rejects.add(place, Unfit(span.problem))
                continue
            try:
                values = host.with_readings(span.readings)
            except Unfit as fault:
                rejects.add(place, fault)
                continue
            facts = values.facts
            is_plain = facts.keys().isdisjoint(SELDOM)
            if not is_plain:
                join_usage(facts)
            operation = operation_of(facts)
            if "answer" in facts:
                put_answer_usage(facts, operation)
            failed = span.failed or "error" in facts
            cases.append(
                SpanCase(
                    place=place,
                    span=span,
                    scope=scope.name,
                    values=values,
                    operation=operation,
                    failed=failed,
                    is_plain=is_plain,
                    counts=counts,
                    is_call=counts and is_model_call(facts, operation, failed),
                )
            )
    return cases


_PROVIDERS = ("provider", "llm_provider", "system")


def _claims_resource(case: SpanCase) -> bool:
    """Whether a span tells that its resource makes GenAI spans."""
    facts = case.values.facts
    return case.is_call or not facts.keys().isdisjoint(_PROVIDERS)


class Agents:
    """Who the nearest agent above a span is, as far as its request tells."""

    def __init__(self, cases: Sequence[SpanCase]) -> None:
        self._parents: dict[Key, Key] = {}
        self._names: dict[Key, str] = {}
        for case in cases:
            if case.is_call or case.role is not AGENT:
                continue
            span, facts = case.span, case.values.facts
            if "agent" in facts:
                self._names[span.trace_id, span.span_id] = facts["agent"]
        if not self._names:
            return
        for case in cases:
            span = case.span
            if span.span_id:
                self._parents[span.trace_id, span.span_id] = (span.trace_id, span.parent_id)

    def above(self, span: Span) -> str:
        """The name of the nearest agent above; empty when there is none."""
        if not self._names:
            return ""
        passed: list[Key] = []
        key = (span.trace_id, span.parent_id)
        while key not in self._names and key in self._parents:
            passed.append(key)
            # Taken out while it is walked, so that a circle ends; the answer stands in its
            # place, so that no path is walked twice.
            key = self._parents.pop(key)
        name = self._names.get(key, "")
        self._names |= dict.fromkeys(passed, name)
        return name


def _draft(case: SpanCase, agents: Agents, bounds: Bounds) -> Draft | None:
    """A completion or a span of the trace; None for a span without an id, which has no place in a
    tree. Raises Unfit."""
    span, values = case.span, case.values
    bounds.check(span.start // NANOS, span.end // NANOS, _TIMES)
    agent = "" if "agent" in values.facts else agents.above(span)
    if case.is_call:
        if span.events or not case.is_plain:
            read_prompts(span, values.facts)
            case.is_plain = False
        return completion(case, agent)
    return _trace_span(case, agent) if span.span_id else None


_KINDS: Mapping[Role | None, str] = {AGENT: "AGENT", TOOL: "TOOL"}
"""Role → kind of a span of a trace; any other is OTHER."""


def _operation_name(facts: Mapping[str, Any]) -> str:
    """The operation in the words of the instrumentation."""
    for name in ("operation", "ai_operation", "mcp_method", "span_kind"):
        if name in facts:
            return str(facts[name])
    return ""


def _trace_span(case: SpanCase, agent: str) -> Draft:
    """The draft of a span of a trace; `agent` is who it was made for when it does not say."""
    span, values, failed = case.span, case.values, case.failed
    facts = values.facts
    operation = _operation_name(facts)
    kind = _KINDS.get(case.role, "OTHER")
    started = span.start // NANOS
    ended = max(started, span.end // NANOS)
    row: dict[str, Any] = {
        "transaction_id": span.span_id,
        "channel": "OTLP",
        "kind": kind,
        "requested_at": started,
        "responded_at": ended,
        "duration_ms": ended - started,
        "is_success": not failed,
    }
    texts = {
        "name": span.name[:_NAME],
        "trace_id": span.trace_id,
        "parent_transaction_id": span.parent_id,
        "operation": operation,
        "tool": facts.get("tool"),
        "error_reason": reason_of(facts, span.message) if failed else "",
    }
    row |= {column: text for column, text in texts.items() if text}
    extras: dict[str, Any] = {}
    for name in ("conversationId", "toolCallId"):
        if name in values.extras:
            extras[name] = values.extras[name]
    if "agent_id" in facts:
        extras["agentId"] = facts["agent_id"]
    names = _of_job(names_of(values, agent))
    return Draft(kind, span.trace_id + span.span_id, row, names, extras, table=TRACE_SPANS)


def _of_job(names: Names) -> Names:
    """What a span of a trace is charged to: it costs nothing, so its agent and its job are all."""
    return Names(
        agent=names.agent,
        job_id=names.job_id,
        job_name=names.job_name,
        job_type=names.job_type,
        job_version=names.job_version,
        environment=names.environment,
    )
