"""Drafts: a record on its way into the ledger, whatever channel it came by.

A channel (a REST body, an OTLP span, a line of a file) makes a draft; metering.service attributes,
rates and stores it.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.directory.names import Names
from chalicelib.lake.tables import AI_EVENTS, Table


class Prompts(NamedTuple):
    """The texts of a call, kept apart from its row and only when the team allows it; None where
    there is none."""

    system: str | None = None
    input: str | None = None
    output: str | None = None
    truncated: bool = False
    """The client has cut them already."""


@dataclass(slots=True)
class Draft:
    """One record before attribution and rating.

    `row` holds columns of `table` (times in epoch ms, tokens as whole numbers within 0 and 10**12):
    all but identity and version, what attribution fills from `names`, and what rating fills. `kind`
    and `identity`, a text that is the same however often and by whatever channel the record comes,
    make the event id. `extras` are what has no column, by the wire's own names.
    """

    kind: str
    identity: str
    row: dict[str, Any]
    names: Names = field(default_factory=Names)
    extras: dict[str, Any] = field(default_factory=dict)
    prompts: Prompts | None = None
    table: Table = AI_EVENTS
