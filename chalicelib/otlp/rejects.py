"""What a request was not taken of, and what became of the rest."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalicelib.metering.drafts import Draft
from chalicelib.otlp.cleaning import Unfit
from chalicelib.otlp.frames import Frame

_MOST_TOLD = 20


_UNUSED = Unfit(
    "it tells of used tokens or of a cost, but of no call of a model in words and figures that are "
    "known here: it is not counted"
)


CALLS_MISSING = Unfit(
    "it sums up what calls used of which none has come: it is not counted until those do"
)
"""Of the span of an agent or of a tool."""


class Leftover(NamedTuple):
    """A span with usage that is no call: its place in the request, and whether it is an agent's or
    a tool's, whose usage is that of calls."""

    place: int
    is_sum: bool


SPANS_UNCOUNTED = (
    "spans of coding assistants are taken and not counted, because their logs tell of the same "
    "calls: send those"
)

METRICS_UNCOUNTED = (
    "metrics of tokens and costs are taken and not counted, because they tell of no single call: "
    "send traces, or the logs of the coding assistant, which do"
)

LOGS_UNCOUNTED = (
    "of the logs of coding assistants only the assistant's own events of calls are counted: those "
    "with OpenTelemetry's words repeat them"
)


class Rejects:
    """The records that cannot be taken, by their place among all of the request."""

    def __init__(self, records: str) -> None:
        self._records = records
        self._told: list[tuple[int, str]] = []
        self.number = 0
        self.warnings = 0
        """Records that are taken, of which something is to be said all the same."""
        self.unused = 0
        """Of them those that hold usage, but no call that is understood."""
        self.empty = 0
        """Spans of calls that tell nothing that was used."""
        self.remark = ""
        """What is to be said of all records together."""

    def add_unused(self, index: int, fault: Unfit = _UNUSED) -> None:
        """Note a record that tells of used tokens and is no call that is understood."""
        self.unused += 1
        self.add(index, fault)

    def add_leftover(self, left: Leftover) -> None:
        """Note a span with usage below which no call is known."""
        if left.is_sum:
            self.warn(left.place, CALLS_MISSING)
        else:
            self.add_unused(left.place)

    def add(self, index: int, fault: Unfit) -> None:
        """Note a record; only the first ones are told in words."""
        self.number += 1
        self._tell(index, fault)

    def warn(self, index: int, fault: Unfit) -> None:
        """Note a record that is taken."""
        self.warnings += 1
        self._tell(index, fault)

    def _tell(self, index: int, fault: Unfit) -> None:
        if len(self._told) < _MOST_TOLD:
            told = f"{fault.field} {fault.problem}"
            self._told.append((index, f"{self._records}[{index}]: {told.strip()}"))

    @property
    def message(self) -> str:
        """What is wrong with them; empty when there is nothing to say."""
        texts = [text for _, text in sorted(self._told)]
        more = self.number + self.warnings - len(texts)
        if more:
            texts.append(f"and {more} more")
        if self.remark:
            texts.append(self.remark)
        return "; ".join(texts)


_NO_PARENTS: Mapping[tuple[str, str], str] = {}


_NONE_LEFT: Mapping[tuple[str, str], Leftover] = {}


_NO_WRAPPERS: Mapping[tuple[str, str], Mapping[str, Any]] = {}


class DraftBatch(NamedTuple):
    """The drafts of a request, in the order of its records, and what was wrong with the rest."""

    drafts: list[Draft]
    rejects: Rejects
    parents: Mapping[tuple[str, str], str] = _NO_PARENTS
    """Of each span of the request (trace, span) its parent's id; empty for a root."""
    wrappers: Mapping[tuple[str, str], Mapping[str, Any]] = _NO_WRAPPERS
    """Spans of calls that stand around others of the request that they tell of, as calls."""
    left: Mapping[tuple[str, str], Leftover] = _NONE_LEFT
    """Spans with usage that are no calls, and have none below them in the request."""
    frames: Callable[[], Mapping[tuple[str, str], Frame]] = dict
    """Who tells of the calls of the request, where any span has another one above it."""
    facts: Callable[[], Mapping[tuple[str, str], Mapping[str, Any]]] = dict
    """What the spans of calls of the request say."""
