"""What is stored of runs. What lists show stands in one record, all that was found in another one
of the same id, so that a list reads no more than it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.ports.documents import Record
from chalicelib.recommendations.vocabulary import RunStatus, TriggeredBy

RUN, DETAIL, FEEDBACK = "INSIGHT_RUN", "INSIGHT_DETAIL", "INSIGHT_FEEDBACK"
"""Kinds of records of a team."""
ACTIVE = {"active": "run"}
"""The unique value that a run holds as long as it is running: one a team."""
_LAST = 10**16
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A run as stored. Times are UTC epoch ms, the end of the period inclusive, money nano-USD.
    `asked` are the members of its request."""

    id: str
    status: RunStatus
    message: str
    created_at: int
    updated_at: int
    start: int
    end: int
    triggered_by: TriggeredBy
    user: str
    key_hint: str
    asked: Mapping[str, Any]
    numbers: Mapping[str, Any]
    failed: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "Run":
        """The run of its record."""
        doc = record.doc
        return cls(
            id=record.id,
            status=RunStatus(doc["status"]),
            message=doc["message"],
            created_at=record.created_at,
            updated_at=record.updated_at,
            start=doc["start"],
            end=doc["end"],
            triggered_by=TriggeredBy(doc["triggeredBy"]),
            user=doc["user"],
            key_hint=doc["keyHint"],
            asked=doc["asked"],
            numbers=doc["numbers"],
            failed=doc["failed"],
        )

    def number(self, name: str) -> int:
        """A count of it; 0 before it is finished."""
        return int(self.numbers.get(name) or 0)


def newest_first(instant: int) -> str:
    """The name of a record, whose pages are in the order of names: counting down puts the newest
    first."""
    return f"{_LAST - instant:016d}"


def oldest_first(instant: int) -> str:
    """The other way round."""
    return f"{instant:016d}"
