"""The one light form that protobuf and JSON exports are decoded into. Times are nanoseconds, ids
lower-case hex."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.kit.errors import Fault, Invalid, TooLarge
from chalicelib.otlp.rules import Reading

MOST_RECORDS = 10_000
"""Spans, log records or points of one request."""
Attributes = dict[str, Any]
"""Texts, numbers, flags, lists and maps by their key; values of other kinds are left out."""
Record = TypeVar("Record")


class Signal(StrEnum):
    """The kinds of export, by the word that stands in the path and in the acknowledgement."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"


class SpanEvent(NamedTuple):
    """Something that happened within a span."""

    name: str
    attributes: Attributes


@dataclass(slots=True, kw_only=True)
class Span:
    """One span; ids are empty where it has none. `message` is that of its status; `readings` are
    what its attributes say by the vocabularies of GenAI spans."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start: int
    end: int
    failed: bool
    message: str
    readings: Sequence[Reading]
    events: Sequence[SpanEvent] = ()


@dataclass(slots=True, kw_only=True)
class Log:
    """One log record; the times are 0 where it has none."""

    time: int
    observed: int
    event_name: str
    body: Any
    trace_id: str
    span_id: str
    attributes: Attributes


class UnreadRecord(NamedTuple):
    """A record that could not be read, and why."""

    problem: str


class Scope(NamedTuple, Generic[Record]):
    """What one instrumentation library recorded."""

    name: str
    records: Sequence[Record | UnreadRecord]


class Resource(NamedTuple, Generic[Record]):
    """What one process recorded."""

    attributes: Attributes
    scopes: list[Scope[Record]]

    def records(self) -> Iterator[tuple[str, Record | UnreadRecord]]:
        """Each record with the name of its scope."""
        for scope in self.scopes:
            for record in scope.records:
                yield scope.name, record

    def number(self) -> int:
        """How many records it has."""
        return sum(len(scope.records) for scope in self.scopes)


class Export(NamedTuple):
    """One request. Of metrics only the points are counted, and those of them that tell of tokens or
    costs: nothing is made of them."""

    spans: Sequence[Resource[Span]] = ()
    logs: Sequence[Resource[Log]] = ()
    metrics: Sequence[Resource[None]] = ()
    points: int = 0
    usage_points: int = 0

    def resources(self) -> Iterator[Attributes]:
        """The attributes of every resource."""
        for part in (self.spans, self.logs, self.metrics):
            for resource in part:
                yield resource.attributes


def is_usage_metric(name: str) -> bool:
    """Whether a metric of a name tells of used tokens or of their cost (gen_ai.client.token.usage,
    claude_code.cost.usage, gemini_cli.token.usage)."""
    lower = name.lower()
    return "token" in lower or "cost" in lower


def unreadable(what: str) -> Invalid:
    """The error for a body, or a part of it, that cannot be read."""
    return Invalid(what, faults=[Fault("", what, "UNREADABLE")])


def check_number(records: int) -> None:
    """Raises TooLarge for more records than one request may have."""
    if records > MOST_RECORDS:
        raise TooLarge(
            f"the request has {records} records, at most {MOST_RECORDS} are taken: "
            "send smaller batches"
        )
