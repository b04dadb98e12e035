"""Pages that the lake cuts, each row with what there is in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.kit.clock import millis
from chalicelib.kit.pages import PageRequest
from chalicelib.lake.sql import Sql, select_from
from chalicelib.ports.engine import Result
from chalicelib.squads.history import in_brackets

Row = Mapping[str, Any]
_OVERALL = ("count(*)", "sum(calls)", "sum(priced)")


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows of a page, and how many there are in all; `calls` are those in all of them, `priced`
    those with a known cost."""

    rows: Sequence[Row]
    total: int = 0
    calls: int = 0
    priced: int = 0


def cut_page(columns: Sequence[str], rows: Sql, order: str, page: PageRequest) -> Sql:
    """A page of rows; the first of all is beside it, so that past the end there is one that tells
    how many there are."""
    counted = [*columns, *(f"{each} over () as all{n}" for n, each in enumerate(_OVERALL))]
    counted.append(f"row_number() over (order by {order}) as place")
    first, last = page.number * page.size, (page.number + 1) * page.size
    placed = in_brackets(select_from(counted, rows))
    shown = select_from(["place", "all0", "all1", "all2", *columns], placed)
    return shown + Sql(f" where place = 1 or (place > {first} and place <= {last}) order by place")


def read_page(result: Result | None, columns: Sequence[str], page: PageRequest) -> FoundRows:
    """What `cut_page` selected."""
    found: list[Row] = []
    overall: Sequence[Any] = (0, 0, 0)
    for place, total, calls, priced, *row in result.rows if result else ():
        overall = (total, calls, priced)
        if int(str(place)) > page.number * page.size:
            found.append(read_row(columns, row))
    return FoundRows(found, *(int(each or 0) for each in overall))


def read_row(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row by its columns, its times in UTC epoch ms."""
    read: dict[str, Any] = {}
    for name, value in zip(columns, row, strict=True):
        read[name] = millis(value) if isinstance(value, datetime) else value
    return read
