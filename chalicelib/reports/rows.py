"""Rows: what the lake answered, by column and by group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import cast

from chalicelib.kit.clock import day_start, millis
from chalicelib.ports.engine import Result, Value
from chalicelib.reports.facts import Term

Amounts = Mapping[str, Value]
"""The terms of one group, by their names."""


@dataclass(frozen=True, slots=True)
class Group:
    """The terms of one group in a bucket that starts at `bucket` (UTC epoch ms; 0 in a total).
    A name is null where a fact does not know the dimension."""

    bucket: int
    names: tuple[str | None, ...]
    terms: Amounts

    @property
    def name(self) -> str:
        """The name of a group of one dimension."""
        return str(self.names[0])


class Rows:
    """What the lake answered to a statement of the builder: a row a group and bucket. A series has
    thousands, most of which are only added up, so that columns are kept and not objects."""

    def __init__(self, result: Result, dimensions: int) -> None:
        """`dimensions`: how many names a group has. The columns behind them are terms."""
        self._rows, self._dimensions = result.rows, dimensions
        self._terms: dict[str, int] = {}
        for place, name in enumerate(result.columns):
            if place > dimensions:
                self._terms[name] = place

    @cached_property
    def buckets(self) -> Sequence[int]:
        """Where the bucket of each row starts (UTC epoch ms; 0 in a total)."""
        told = [row[0] for row in self._rows]
        starts = {bucket: _start(bucket) for bucket in set(told)}
        return [starts[bucket] for bucket in told]

    @cached_property
    def names(self) -> Sequence[str]:
        """The group of each row, by the first dimension; without one the empty text."""
        if not self._dimensions:
            return [""] * len(self._rows)
        return [str(row[1]) for row in self._rows]

    def amounts(self, term: Term) -> Sequence[int]:
        """A term that is a number, of each row; 0 where it is null. Raises TypeError for anything
        else."""
        if not self._rows:
            return []
        place = self._terms[term.name]
        values = [row[place] or 0 for row in self._rows]
        if not all(kind is int for kind in set(map(type, values))):
            raise TypeError(f"the engine answered something else than integers for {term.name}")
        return cast("list[int]", values)

    def terms(self, number: int) -> Amounts:
        """The terms of a row, by name."""
        row = self._rows[number]
        return {name: row[place] for name, place in self._terms.items()}

    def __iter__(self) -> Iterator[Group]:
        for number, (row, bucket) in enumerate(zip(self._rows, self.buckets, strict=True)):
            names = cast("tuple[str | None, ...]", row[1 : 1 + self._dimensions])
            yield Group(bucket, names, self.terms(number))


def _start(bucket: Value) -> int:
    """The start (UTC epoch ms) of a bucket that the engine tells by its day or by its instant."""
    if isinstance(bucket, str):
        return day_start(bucket)
    return millis(bucket) if isinstance(bucket, datetime) else 0


NOTHING = Rows(Result((), (), 0), 0)
"""What is found where nothing was ever written."""
