"""A model call: from what the attributes of a span or of a log record say to the draft of a
completion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from chalicelib.directory.names import Names
from chalicelib.kit.money import to_nano
from chalicelib.metering.drafts import Draft, Prompts
from chalicelib.metering.weak_ids import is_weak_id
from chalicelib.otlp.answer_ids import find_answer_id
from chalicelib.otlp.assistants import COPILOT, is_copilot
from chalicelib.otlp.cleaning import Unfit, real
from chalicelib.otlp.forms import Span
from chalicelib.otlp.operations import MODEL, Operation, is_usage, tells_of_use
from chalicelib.otlp.parts import OWN_COUNTS
from chalicelib.otlp.rules import RecordValues
from chalicelib.otlp.targets import COST_FACTS
from chalicelib.otlp.usage import put_tokens
from chalicelib.otlp.vocabulary import NUMBERED_TEXTS

NANOS = 1_000_000
"""In a millisecond."""
UNKNOWN_PROVIDER, UNKNOWN_MODEL = "Unknown", "unknown"
_TRANSACTION_ID, _REASON = 512, 255
_ERROR_CODES = range(400, 1_000)
_TEXTS = frozenset("system_text input_text output_text old_input_text old_output_text".split())
"""Facts that are texts of a call."""


class Bounds(NamedTuple):
    """The first and the last instant that a clock can mean, epoch milliseconds."""

    first: int
    last: int

    def check(self, started: int, ended: int, fields: tuple[str, str]) -> None:
        """Raises Unfit for an instant outside. An end before the start does not matter."""
        first, last = self
        if not first <= started <= last:
            raise Unfit("lies before 2020 or more than a day in the future", fields[0])
        if ended > last:
            raise Unfit("lies more than a day in the future", fields[1])


def is_model_call(facts: Mapping[str, Any], operation: Operation | None, failed: bool) -> bool:
    """Whether it is a call of a model that used anything, or failed; `operation` as `operation_of`
    its facts.

    A record whose operation nobody knows must name a model and what was used: then it counts,
    whatever its operation is called.
    """
    if operation is None:
        return is_usage(facts)
    return operation.role is MODEL and (failed or tells_of_use(facts))


@dataclass(slots=True, kw_only=True)
class SpanRecord:
    """A span, or a record that is as good as one, with what it says."""

    span: Span
    scope: str
    """The instrumentation that tells of it."""
    values: RecordValues
    operation: Operation | None
    """What its facts say that it does; None when they tell nothing."""
    failed: bool
    is_plain: bool
    """It has nothing but the facts that most calls have: none of `SELDOM`."""


def completion(call: SpanRecord, agent: str = "") -> Draft:
    """The draft of a model call; `agent` is who it was made for when it does not say."""
    span, values, operation = call.span, call.values, call.operation
    facts, extras = values.facts, values.extras
    get = facts.get
    started, ended = span.start // NANOS, span.end // NANOS
    if ended < started:
        ended = started
    span_id = span.span_id or uuid4().hex
    row: dict[str, Any] = {
        "transaction_id": span_id,
        "channel": "OTLP",
        "requested_at": started,
        "responded_at": ended,
        "first_token_at": ended,
        "duration_ms": ended - started,
        "provider": _provider_of(facts, call.scope),
        "model": get("model") or get("asked_model") or UNKNOWN_MODEL,
        "operation_type": (operation and operation.type) or "CHAT",
        "stop_reason": get("stop") or get("old_stop", "END"),
        # The AI SDK says so in the name of the operation alone.
        "is_streamed": "ai_operation" in facts and facts["ai_operation"].endswith(".doStream"),
        **values.row,
    }
    if span.trace_id:
        row["trace_id"] = span.trace_id
    if span.parent_id:
        row["parent_transaction_id"] = span.parent_id
    is_plain = call.is_plain
    put_tokens(row, extras, facts, scope=call.scope, is_plain=is_plain)
    if call.failed:
        put_failure(row, facts, span.message)
    prompts = None
    if not is_plain:
        put_stated_cost(row, extras, facts)
        put_first_token(row, facts)
        _put_terms(row, extras, facts)
        prompts = prompts_of(facts)
    identity = _response_id(facts)
    if identity:
        extras["responseId"] = identity[:_TRANSACTION_ID]
    if "agent_id" in facts:
        extras["agentId"] = facts["agent_id"]
    names = names_of(values, agent)
    if names.environment:
        row["environment"] = names.environment
    return Draft(
        kind="COMPLETION",
        identity=identity or span_id,
        row=row,
        names=names,
        extras=extras,
        prompts=prompts,
    )


_ANSWERS = ("answer", "old_output_text")
"""Facts that may hold the whole answer of a provider."""


def _response_id(facts: Mapping[str, Any]) -> str | None:
    """The id of the response, which other instrumentations of the call tell too."""
    told: str | None = facts.get("response_id")
    if told and not is_weak_id(told):
        return told
    for name in _ANSWERS:
        text = facts.get(name)
        if text.__class__ is str and (found := find_answer_id(text)):
            return found
    return None


def _provider_of(facts: Mapping[str, Any], scope: str) -> str:
    """Who is called. Copilot tells of its own calls with the name of GitHub."""
    get = facts.get
    provider: str = get("provider") or get("llm_provider") or get("system") or UNKNOWN_PROVIDER
    if provider.lower() == "github" and is_copilot(facts.get("service", ""), scope):
        return COPILOT
    return provider


def _put_terms(row: dict[str, Any], extras: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """What the cost of a call depends on beside its tokens: its tier, and web searches."""
    if tier := facts.get("tier") or facts.get("old_tier"):
        row["service_tier"] = tier
    if searches := facts.get("searches"):
        extras["webSearches"] = searches


_COSTS = frozenset(COST_FACTS)


def put_stated_cost(row: dict[str, Any], extras: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """The cost that the instrumentation reckons is kept beside ours, with the attribute that it
    stands in; it is never taken for ours."""
    if _COSTS.isdisjoint(facts):
        return
    stated = [fact for fact in COST_FACTS if fact in facts]
    # An instrumentation that knows one spelling may set another one to 0.
    fact = next((each for each in stated if facts[each]), stated[0])
    row["stated_cost_nano"] = to_nano(facts[fact])
    extras["statedCostSource"] = COST_FACTS[fact]


def names_of(values: RecordValues, agent: str = "") -> Names:
    """Whom it is charged to. The agent is the one it names, then the one given, then its agent's
    id."""
    names, get = values.names, values.facts.get
    if "agent" not in names:
        names["agent"] = get("agent") or agent or get("agent_id", "")
    if environment := get("environment") or get("old_environment"):
        names["environment"] = environment
    return Names.of(names)


def prompts_of(facts: dict[str, Any]) -> Prompts | None:
    """The texts of a call."""
    if facts.keys().isdisjoint(_TEXTS):
        return None
    get = facts.get
    system = get("system_text")
    given = get("input_text") or get("old_input_text")
    answered = get("output_text") or get("old_output_text")
    if not (system or given or answered):
        return None
    return Prompts(system, given, answered)


def reason_of(facts: Mapping[str, Any], message: str) -> str:
    """Why something failed: the kind of error, else the message of its status."""
    return (facts.get("error") or message)[:_REASON] or "ERROR"


def put_failure(row: dict[str, Any], facts: Mapping[str, Any], message: str) -> None:
    """Mark a call as failed, for the reason that its facts or else its message tell."""
    row["stop_reason"] = "ERROR"
    row["error_reason"] = reason_of(facts, message)
    for code in (facts.get("http_status"), facts.get("error")):
        number = real(code)
        if number is not None and number in _ERROR_CODES:
            row["error_code"] = int(number)
            return


def put_first_token(row: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """When the first token came, so long after the start; one that came after the end is none."""
    if facts.keys().isdisjoint(_WAITS):
        return
    for name, unit in _WAITS.items():
        wait = real(facts.get(name))
        if wait is not None and 0 <= wait * unit <= row["duration_ms"]:
            row["time_to_first_token_ms"] = waited = round(wait * unit)
            row["first_token_at"] = row["requested_at"] + waited
            return


_WAITS: Mapping[str, int] = {"first_chunk_s": 1_000, "first_chunk_ms": 1}
"""The fact of the wait for the first token → its unit in ms."""
SELDOM = frozenset(
    (*OWN_COUNTS, *_COSTS, *_TEXTS, *_WAITS, *NUMBERED_TEXTS, "tier", "old_tier", "searches")
)
"""Facts of costs, waits, terms and texts, and counts that few instrumentations tell: most spans
have none of them."""
