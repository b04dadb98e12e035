"""Listing: what is declared of a list of metered events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.events.filters import Filter
from chalicelib.lake.tables import EVENT_TABLES
from chalicelib.metering.rows import MODALITIES
from chalicelib.reports.facts import FactTable


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `noun` is what people call its rows, `resource_type` what the wire calls them.

    `kinds` are those of the events that stand in it: what event ids are made of, and, in a table
    of several kinds, its column `kind`. `order` maps the members that rows can be sorted by to
    columns. `searched` are the columns that a search looks for a part of; `exact` those that it
    looks for the whole of, before that.
    """

    noun: str
    resource_type: str
    embedded: str
    fact: FactTable
    kinds: tuple[str, ...]
    filters: Sequence[Filter]
    order: Mapping[str, str]
    searched: tuple[str, ...]
    exact: tuple[str, ...] = ("transaction_id",)
    heeds_assistants: bool = False
    """Whether calls under a flat plan are left out unless they are asked for."""

    @property
    def kind_filter(self) -> dict[str, Sequence[str]]:
        """What narrows its table to its kinds; empty when all of the table is in it."""
        tells = "kind" in EVENT_TABLES[self.fact.table.name].columns
        return {"kind": self.kinds} if tells and self.kinds != MODALITIES else {}
