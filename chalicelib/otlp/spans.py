"""Spans: model calls become completions, what stands around them becomes spans of a trace."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.directory.names import Names
from chalicelib.lake.tables import TRACE_SPANS
from chalicelib.metering.drafts import Draft
from chalicelib.otlp.assistants import is_assistant
from chalicelib.otlp.forms import Resource, Span
from chalicelib.otlp.genai import NANOS, Bounds, completion, is_model_call, names_of, reason_of
from chalicelib.otlp.prompts import read_prompts
from chalicelib.otlp.rejects import Mapped, Rejects
from chalicelib.otlp.rules import NOTHING_FOUND, Found, Unfit, readings
from chalicelib.otlp.vocabulary import AGENT_OPERATIONS, RESOURCE, TOOL_OPERATIONS

_NAME = 255
_TIMES = ("startTimeUnixNano", "endTimeUnixNano")
Key = tuple[str, str]
"""A span by its trace and its own id."""


class _Seen(NamedTuple):
    """A span with what it says. `kept`: it is part of a GenAI trace for sure; `claimed`: its
    resource makes such spans, so that it is kept when its trace is one."""

    place: int
    span: Span
    found: Found
    failed: bool
    is_call: bool
    kept: bool
    claimed: bool


def span_drafts(resources: Sequence[Resource[Span]], bounds: Bounds) -> Mapped:
    """The drafts of an export of traces, and what was wrong with the rest."""
    rejects = Rejects("spans")
    seen = [each for resource in _numbered(resources) for each in _seen(*resource, rejects)]
    traces = {each.span.trace_id for each in seen if each.kept}
    agents = Agents([(each.span, each.found.facts) for each in seen])
    drafts: list[Draft] = []
    for each in seen:
        if each.kept or (each.claimed and each.span.trace_id in traces):
            try:
                draft = _draft(each, agents, bounds)
            except Unfit as fault:
                rejects.add(each.place, fault)
            else:
                if draft:
                    drafts.append(draft)
    return Mapped(drafts, rejects)


def _numbered(resources: Iterable[Resource[Span]]) -> Iterator[tuple[Resource[Span], int]]:
    """Each resource with the place of its first span in the request."""
    first = 0
    for resource in resources:
        yield resource, first
        first += sum(len(scope.records) for scope in resource.scopes)


def _seen(resource: Resource[Span], first: int, rejects: Rejects) -> list[_Seen]:
    base = NOTHING_FOUND.and_also(readings(RESOURCE, resource.attributes))
    # Coding assistants also log each call, under another id: taking both would count it twice.
    counted = not is_assistant(base.facts.get("service", ""))
    seen: list[_Seen] = []
    claimed = False
    for place, (_, span) in enumerate(resource.records(), first):
        try:
            found = base.and_also(span.said)
        except Unfit as fault:
            rejects.add(place, fault)
            continue
        facts = found.facts
        failed = span.failed or "error" in facts
        is_call = counted and is_model_call(facts, failed)
        claimed = claimed or is_call or "provider" in facts or "system" in facts
        seen.append(
            _Seen(place, span, found, failed, is_call, is_call or "operation" in facts, claimed)
        )
    # A span that came before the one that claims the resource is claimed by it too.
    return (
        [each if each.claimed else each._replace(claimed=True) for each in seen]
        if claimed
        else seen
    )


class Agents:
    """Who the nearest agent above a span is, as far as its request tells."""

    def __init__(self, seen: Sequence[tuple[Span, Mapping[str, Any]]]) -> None:
        self._parents: dict[Key, Key] = {}
        self._names: dict[Key, str] = {
            (span.trace_id, span.span_id): facts["agent"]
            for span, facts in seen
            if "agent" in facts and facts.get("operation") in AGENT_OPERATIONS
        }
        if self._names:
            self._parents = {
                (span.trace_id, span.span_id): (span.trace_id, span.parent_id)
                for span, _ in seen
                if span.span_id
            }

    def above(self, span: Span) -> str:
        """The name of the nearest agent above; empty when there is none."""
        if not self._names:
            return ""
        passed: list[Key] = []
        key = (span.trace_id, span.parent_id)
        while key not in self._names and key in self._parents:
            passed.append(key)
            # Taken out while it is walked, so that a circle ends; the answer stands in its place,
            # so that no path is walked twice.
            key = self._parents.pop(key)
        name = self._names.get(key, "")
        self._names |= dict.fromkeys(passed, name)
        return name


def _draft(seen: _Seen, agents: Agents, bounds: Bounds) -> Draft | None:
    """A completion or a span of the trace; None for a span without an id, which has no place in a
    tree."""
    _, span, found, failed, is_call, _, _ = seen
    bounds.check(span.start // NANOS, span.end // NANOS, _TIMES)
    agent = "" if "agent" in found.facts else agents.above(span)
    if is_call:
        read_prompts(span, found.facts)
        return completion(found, span, failed, agent)
    return _trace_span(found, span, failed, agent) if span.span_id else None


def _trace_span(found: Found, span: Span, failed: bool, agent: str) -> Draft:
    facts = found.facts
    operation = facts.get("operation", "")
    kind = (
        "AGENT"
        if operation in AGENT_OPERATIONS
        else "TOOL"
        if operation in TOOL_OPERATIONS
        else "OTHER"
    )
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
    told = {
        "name": span.name[:_NAME],
        "trace_id": span.trace_id,
        "parent_transaction_id": span.parent_id,
        "operation": operation,
        "tool": facts.get("tool"),
        "error_reason": reason_of(facts, span.message) if failed else "",
    }
    row |= {column: text for column, text in told.items() if text}
    extras: dict[str, Any] = {
        name: found.extras[name]
        for name in ("conversationId", "toolCallId")
        if name in found.extras
    }
    if "agent_id" in facts:
        extras["agentId"] = facts["agent_id"]
    names = _of_job(names_of(found, agent))
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
