"""Pieces of SQL with the parameters of their question marks: what statements are put together
from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import iso
from chalicelib.ports.engine import Parameter


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the parameters of its question marks, in order. Its text is made from
    constants of our own; whatever a user wrote is a parameter."""

    text: str
    params: tuple[Parameter, ...] = ()

    def __add__(self, other: "Sql") -> "Sql":
        return Sql(self.text + other.text, self.params + other.params)


def join_sql(separator: str, pieces: Iterable[Sql]) -> Sql:
    """All pieces as one, with a separator between any two."""
    texts: list[str] = []
    params: list[Parameter] = []
    for piece in pieces:
        texts.append(piece.text)
        params += piece.params
    return Sql(separator.join(texts), tuple(params))


def select_from(columns: Iterable[str], rows: Sql) -> Sql:
    """Some columns, or expressions, of rows: those of a statement in brackets."""
    return Sql("select ") + Sql(", ".join(columns)) + Sql(" from ") + rows


def bind_list(values: Sequence[Parameter]) -> Sql:
    """Values in brackets, as they stand behind `in`."""
    marks = ", ".join("?" * len(values))
    return Sql(f"({marks})", tuple(values))


def timestamp_text(instant: int) -> str:
    """An instant (UTC epoch ms) as both engines read it: 2026-01-01 00:00:00.000"""
    return iso(instant).replace("T", " ").removesuffix("Z")


def between_instants(column: str, start: int, end: int) -> Sql:
    """The condition that a timestamp lies between two instants (UTC epoch ms), both inclusive."""
    text = f"{column} between cast(? as timestamp) and cast(? as timestamp)"
    return Sql(text, (timestamp_text(start), timestamp_text(end)))
