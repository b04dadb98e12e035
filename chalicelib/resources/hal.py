"""HAL pages from rows that are in memory: filtered, sorted, cut."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.pages import PageRequest, links, page_block
from chalicelib.ports.documents import fold

Row = TypeVar("Row")
SortOrder = tuple[str, bool]
"""A property to sort by, and whether the largest comes first."""
Filter = Callable[[Mapping[str, Any], str], bool]
"""Whether a stored document passes for what a query parameter says."""


def build_page(
    asked: Request, request: PageRequest, embedded: str, rows: Sequence[Any], total: int
) -> dict[str, Any]:
    """The page of `total` rows that holds `rows`, in `_embedded.<embedded>`; its links ask the same
    question of other pages."""
    return {
        "_embedded": {embedded: rows},
        "_links": links(asked.path, asked.query, request, total),
        "page": page_block(request, total),
    }


def self_link(path: str) -> dict[str, Any]:
    """The `_links` of one record."""
    return {"self": {"href": path}}


def parse_sort(wanted: Sequence[str], properties: Iterable[str], name: str) -> list[SortOrder]:
    """The orders that `sort` parameters ask for: `property`, `property,asc` or `property,desc`.

    `properties` are those that can be sorted by, `name` is what people call the resource. Raises
    Invalid for an unknown property or direction.
    """
    allowed = set(properties)
    orders = []
    for text in wanted:
        member, _, direction = (part.strip() for part in text.partition(","))
        if member not in allowed:
            raise Invalid(f"No property '{member}' found for {name}", field="sort")
        if direction.lower() not in ("", "asc", "desc"):
            raise Invalid(
                f"'{direction}' is no direction to sort {member} in: asc or desc", field="sort"
            )
        orders.append((member, direction.lower() == "desc"))
    return orders


def sort_rows(
    rows: Iterable[Row], orders: Sequence[SortOrder], value: Callable[[Row, str], Any]
) -> Sequence[Row]:
    """Rows in the orders asked for, equal ones as they came; `value` reads a property of a row.
    Rows without a value stand last, whatever the direction."""
    ordered = list(rows)
    for member, descending in reversed(orders):
        keyed: list[tuple[Any, Row]] = []
        without: list[Row] = []
        for row in ordered:
            key = _sort_key(value(row, member))
            if key is None:
                without.append(row)
            else:
                keyed.append((key, row))
        keyed.sort(key=lambda pair: pair[0], reverse=descending)
        ordered = [row for _, row in keyed]
        ordered += without
    return ordered


def _sort_key(value: Any) -> Any:  # noqa: ANN401 - any member
    return fold(value) if isinstance(value, str) else value
