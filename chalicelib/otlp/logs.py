"""Log records: which of them tell of a model call or of a tool call, and by whose table they are
read."""

from collections.abc import Sequence

from chalicelib.metering.drafts import Draft
from chalicelib.otlp import assistants, tools
from chalicelib.otlp.assistants import (
    TIME,
    assistant_call,
    assistant_of,
    hashed,
    instant_of,
    tells_of_call,
)
from chalicelib.otlp.forms import Attributes, Log, Resource, Span
from chalicelib.otlp.genai import NANOS, Bounds, completion, is_model_call
from chalicelib.otlp.rejects import Mapped, Rejects
from chalicelib.otlp.rules import NOTHING_FOUND, Found, Rules, Unfit, readings, text_of, words
from chalicelib.otlp.vocabulary import DETAILS, GENAI, RESOURCE

_DETAILS = Rules({**GENAI, "event.timestamp": words("timestamp", 64)})


def log_drafts(resources: Sequence[Resource[Log]], bounds: Bounds) -> Mapped:
    """The drafts of an export of logs, and what was wrong with the rest."""
    rejects = Rejects("logRecords")
    drafts: list[Draft] = []
    index = -1
    for resource in resources:
        host = _Host(resource.attributes)
        for scope, log in resource.records():
            index += 1
            try:
                draft = host.draft(scope, log, bounds)
            except Unfit as fault:
                rejects.add(index, fault)
            else:
                drafts += [draft] if draft else []
    return Mapped(drafts, rejects)


class _Host:
    """A resource, and what it says of its records."""

    def __init__(self, attributes: Attributes) -> None:
        self._service = text_of(attributes.get("service.name"))
        self._assistant = NOTHING_FOUND.and_also(readings(assistants.HOST, attributes))
        self._tools = NOTHING_FOUND.and_also(readings(tools.HOST, attributes))
        self._genai = NOTHING_FOUND.and_also(readings(RESOURCE, attributes))

    def draft(self, scope: str, log: Log, bounds: Bounds) -> Draft | None:
        """The draft of a record; None when it tells of no call. Raises Unfit."""
        name = event_name(log)
        if scope == tools.SCOPE:
            if name != tools.EVENT:
                return None
            return tools.tool_call(
                log, self._tools.and_also(readings(tools.RULES, log.attributes)), bounds
            )
        assistant = assistant_of(self._service, name)
        if assistant is None:
            return self._model_call(name, log, bounds)
        if not name.endswith(assistants.CALL_NAMES):
            return None
        found = self._assistant.and_also(readings(assistants.CALL, log.attributes))
        return assistant_call(assistant, log, found, bounds) if tells_of_call(found) else None

    def _model_call(self, name: str, log: Log, bounds: Bounds) -> Draft | None:
        """A record of a service that we do not know: a model call when its attributes say so."""
        found = self._genai.and_also(readings(_DETAILS, _attributes(log)))
        failed = name == DETAILS and "error" in found.facts
        if not is_model_call(found.facts, failed):
            return None
        instant = instant_of(log, found.facts)
        bounds.check(instant, instant, (TIME, TIME))
        span_id = log.span_id or _hash(log, found, instant)
        moment = instant * NANOS
        span = Span(log.trace_id, span_id, "", name, moment, moment, failed, "", (), ())
        return completion(found, span, failed)


def event_name(log: Log) -> str:
    """The name of an event: the record's own, an attribute, or its body."""
    return log.event_name or text_of(log.attributes.get("event.name")) or text_of(log.body)


def _attributes(log: Log) -> Attributes:
    """Some instrumentations write the attributes of an event into its body."""
    return {**log.body, **log.attributes} if isinstance(log.body, dict) else log.attributes


def _hash(log: Log, found: Found, instant: int) -> str:
    facts = found.facts
    counts = (facts.get(name, 0) for name in ("input", "output", "cache_read", "cache_creation"))
    return hashed(
        log.trace_id, instant, facts.get("model") or facts.get("asked_model", ""), *counts
    )
