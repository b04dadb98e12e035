"""Log records: which of them tell of a model call or of a tool call, and by whose table they are
read."""

from collections.abc import Sequence

from chalicelib.metering.drafts import Draft
from chalicelib.otlp import assistants, tools
from chalicelib.otlp.assistant_calls import (
    TIME,
    assistant_call,
    failed_call,
    hash_identity,
    instant_of,
    tells_of_call,
    tells_of_failure,
)
from chalicelib.otlp.assistants import assistant_of
from chalicelib.otlp.cleaning import Unfit, text_of
from chalicelib.otlp.forms import Attributes, Log, Resource, Span, UnreadRecord
from chalicelib.otlp.genai import (
    NANOS,
    Bounds,
    SpanRecord,
    completion,
    is_model_call,
)
from chalicelib.otlp.leftovers import UnusedUsage, holds_usage
from chalicelib.otlp.operations import operation_of
from chalicelib.otlp.parts import join_usage
from chalicelib.otlp.rejects import LOGS_UNCOUNTED, DraftBatch, Rejects
from chalicelib.otlp.rules import NO_VALUES, RecordValues, Rules, read_attributes
from chalicelib.otlp.targets import build_rules
from chalicelib.otlp.vocabulary import DETAILS, FAMILIES, MODEL_CALL, RESOURCE, CallRules

_MODEL_CALL = CallRules(build_rules(*MODEL_CALL, {"event.timestamp": "facts.timestamp"}))
"""Of a log record that describes a model call."""


def log_drafts(resources: Sequence[Resource[Log]], bounds: Bounds) -> DraftBatch:
    """The drafts of an export of logs, and what was wrong with the rest."""
    rejects = Rejects("logRecords")
    drafts: list[Draft] = []
    index = -1
    for resource in resources:
        host = _Host(resource.attributes)
        for scope, log in resource.records():
            index += 1
            if isinstance(log, UnreadRecord):
                rejects.add(index, Unfit(log.problem))
                continue
            try:
                draft = host.draft(scope, log, bounds)
            except UnusedUsage:
                rejects.add_unused(index)
            except Unfit as fault:
                rejects.add(index, fault)
            else:
                if draft:
                    drafts.append(draft)
        if host.repeats and not drafts:
            rejects.remark = LOGS_UNCOUNTED
    return DraftBatch(drafts, rejects)


class _Host:
    """A resource, and what it says of its records."""

    def __init__(self, attributes: Attributes) -> None:
        self.repeats = False
        """Some record tells of usage in other words than those that the assistant's calls have."""
        self._service = text_of(attributes.get("service.name"))
        self._assistant = _values_of(NO_VALUES, assistants.HOST, attributes)
        self._tools = _values_of(NO_VALUES, tools.HOST, attributes)
        self._genai = _values_of(NO_VALUES, RESOURCE, attributes)

    def draft(self, scope: str, log: Log, bounds: Bounds) -> Draft | None:
        """The draft of a record; None when it tells of no call. Raises Unfit."""
        name = event_name(log)
        if scope == tools.SCOPE:
            values = _values_of(self._tools, tools.RULES, log.attributes)
            if name == tools.EVENT:
                return tools.tool_call(log, values, bounds)
            _refuse_usage(values)
            return None
        assistant = assistant_of(self._service, scope, (name, text_of(log.body)))
        if assistant is None:
            return self._model_call(name, scope, log, bounds)
        is_call, is_error = (
            name.endswith(assistants.CALL_NAMES),
            name.endswith(assistants.ERROR_NAMES),
        )
        values = _values_of(self._assistant, assistants.CALL, log.attributes)
        if is_call and tells_of_call(values):
            return assistant_call(assistant, log, values, bounds)
        if is_error and tells_of_failure(name, values):
            return failed_call(assistant, log, values, bounds)
        self.repeats = self.repeats or any(key.startswith(FAMILIES) for key in log.attributes)
        _refuse_usage(values)
        return None

    def _model_call(self, name: str, scope: str, log: Log, bounds: Bounds) -> Draft | None:
        """The draft of a record of a service that we do not know: a model call when its attributes
        say so. Raises Unfit."""
        values = _values_of(self._genai, _MODEL_CALL, _attributes(log))
        join_usage(values.facts)
        failed = name == DETAILS and "error" in values.facts
        operation = operation_of(values.facts)
        if not is_model_call(values.facts, operation, failed):
            if holds_usage(values.facts):
                raise UnusedUsage
            return None
        instant = instant_of(log, values.facts)
        bounds.check(instant, instant, (TIME, TIME))
        span_id = log.span_id or _identity(log, values, instant)
        moment = instant * NANOS
        span = Span(
            trace_id=log.trace_id,
            span_id=span_id,
            parent_id="",
            name=name,
            start=moment,
            end=moment,
            failed=failed,
            message="",
            readings=(),
        )
        return completion(
            SpanRecord(
                span=span,
                scope=scope,
                values=values,
                operation=operation,
                failed=failed,
                is_plain=False,
            )
        )


def _refuse_usage(values: RecordValues) -> None:
    """Raises UnusedUsage for a record that is no call and tells of usage."""
    if tells_of_call(values) or "unread_usage" in values.facts:
        raise UnusedUsage


def _values_of(host: RecordValues, rules: Rules, attributes: Attributes) -> RecordValues:
    """What attributes say by a table, over what their host says. Raises Unfit."""
    return host.with_readings(read_attributes(rules, attributes))


def event_name(log: Log) -> str:
    """The name of an event: the record's own, an attribute, or its body."""
    return log.event_name or text_of(log.attributes.get("event.name")) or text_of(log.body)


def _attributes(log: Log) -> Attributes:
    """Some instrumentations write the attributes of an event into its body."""
    return {**log.body, **log.attributes} if isinstance(log.body, dict) else log.attributes


def _identity(log: Log, values: RecordValues, instant: int) -> str:
    facts = values.facts
    counts = (facts.get(name, 0) for name in ("input", "output", "cache_read", "cache_creation"))
    return hash_identity(
        log.trace_id, instant, facts.get("model") or facts.get("asked_model", ""), *counts
    )
