"""Batches: which spans of one request tell of the same call (nesting.py), and what those that are
no call hand to the one that is."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from chalicelib.otlp.cases import Made
from chalicelib.otlp.frames import Frame, Place
from chalicelib.otlp.lending import lend
from chalicelib.otlp.nesting import find_wrappers


def frames_of(
    made: Made, parents: Mapping[Place, str], traces: Collection[str] | None = None
) -> Mapping[Place, Frame]:
    """Of each call, or of those of some traces, who tells of it, and when it was. None where no
    span has any above it."""
    frames: dict[Place, Frame] = {}
    if not any(parents.values()):
        return frames
    for case, draft in made:
        span = case.span
        if case.is_call and span.span_id and (traces is None or span.trace_id in traces):
            identity = "" if draft.identity == span.span_id else draft.identity
            place = span.trace_id, span.span_id
            frames[place] = Frame(case.scope, span.start, span.end, identity)
    return frames


def facts_of(made: Made) -> Mapping[Place, Mapping[str, Any]]:
    """What the spans of calls say."""
    facts: dict[Place, Mapping[str, Any]] = {}
    for case, _ in made:
        if case.is_call:
            facts[case.span.trace_id, case.span.span_id] = case.values.facts
    return facts


def _doubled_traces(made: Made) -> Collection[str]:
    """The traces in which several instrumentations tell of calls of one output."""
    scopes: dict[tuple[str, int], str] = {}
    traces: set[str] = set()
    for case, draft in made:
        trace = case.span.trace_id
        if case.is_call and trace:
            key = trace, draft.row["output_tokens"]
            if scopes.setdefault(key, case.scope) != case.scope:
                traces.add(trace)
    return traces


def find_wrapping_rows(
    made: Made, parents: Mapping[Place, str], *, has_several: bool
) -> Mapping[Place, Mapping[str, Any]]:
    """The rows of the calls that stand around others that they tell of: they are spans of the
    trace. `has_several` says that the request has spans of several instrumentations."""
    if not any(parents.values()):
        return {}
    calls: dict[Place, Mapping[str, Any]] = {}
    for case, draft in made:
        span = case.span
        if case.is_call and span.trace_id and span.span_id:
            calls[span.trace_id, span.span_id] = draft.row
    if len(calls) <= 1:
        return {}
    traces = _doubled_traces(made) if has_several else ()
    frames = frames_of(made, parents, traces) if traces else {}
    wrappings = find_wrappers(calls, parents, frames, partial(facts_of, made))
    if wrappings:
        lend(made, parents, wrappings)
    return {place: calls[place] for place in wrappings}
