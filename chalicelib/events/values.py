"""Values: what of a metered event can be filtered by and sorted by, and the event itself as it is
read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.ports.events import EventRecord


@dataclass(frozen=True)
class Event:
    """The newest version of an event. `row` has the columns of its table that have a value, times
    in UTC epoch ms, money in nano-USD."""

    row: Mapping[str, Any]

    @classmethod
    def of(cls, record: EventRecord) -> "Event":
        """The event of a record of the ledger."""
        return cls(json.loads(record.body))

    @property
    def id(self) -> str:
        """Its event id."""
        return str(self.row["event_id"])

    @property
    def is_deleted(self) -> bool:
        """Whether it was taken back."""
        return bool(self.row["deleted"])

    @cached_property
    def extras(self) -> Mapping[str, Any]:
        """What has no column, by the names of the wire."""
        return json.loads(self.row.get("extras") or "{}")  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Value:
    """A column of an event, or a `member` of the JSON text in it. `kind` is str, int, float or
    bool: what it is compared as."""

    column: str
    member: str = ""
    kind: type = str

    @property
    def sql(self) -> str:
        """The value in SQL; null where the event has none. A flag that nobody set is false."""
        if not self.member:
            return self.column
        text = f"json_extract_scalar({self.column}, '$.{self.member}')"
        if self.kind is bool:
            return f"(case when {text} is null then false else try_cast({text} as boolean) end)"
        if self.kind is str:
            return text
        return f"try_cast({text} as {'double' if self.kind is float else 'bigint'})"

    def read(self, event: Event) -> Any:  # noqa: ANN401 - any value
        """The value of an event; None where it has none."""
        if not self.member:
            return event.row.get(self.column)
        found = event.extras.get(self.member)
        if self.kind is bool:
            return bool(found)
        if found is None or self.kind is str:
            return found
        return self.kind(found)


def extra(member: str, kind: type = str) -> Value:
    """What has no column of its own, by the name of the wire."""
    return Value("extras", member, kind)
