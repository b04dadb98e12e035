"""HAL pages from rows that are in memory: filtered, sorted, cut."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.pages import PageRequest, links, page_block
from chalicelib.ports.documents import fold

Row = TypeVar("Row")


def build_page(
    asked: Request, request: PageRequest, embedded: str, rows: Sequence[Any], total: int
) -> dict[str, Any]:
    """The page of `total` rows that holds `rows`; its links ask the same question of other
    pages."""
    return {
        "_embedded": {embedded: rows},
        "_links": links(asked.path, asked.query, request, total),
        "page": page_block(request, total),
    }


def self_link(path: str) -> dict[str, Any]:
    """The `_links` of one record."""
    return {"self": {"href": path}}


def parse_sort(wanted: Sequence[str], known: Iterable[str], name: str) -> list[tuple[str, bool]]:
    """(property, descending) from `property`, `property,asc` and `property,desc`. Raises Invalid
    for an unknown one."""
    allowed = set(known)
    found = []
    for text in wanted:
        member, _, direction = (part.strip() for part in text.partition(","))
        if member not in allowed:
            raise Invalid(f"No property '{member}' found for {name}", field="sort")
        if direction.lower() not in ("", "asc", "desc"):
            raise Invalid(
                f"'{direction}' is no direction to sort {member} in: asc or desc", field="sort"
            )
        found.append((member, direction.lower() == "desc"))
    return found


def sort_rows(
    rows: Iterable[Row], by: Sequence[tuple[str, bool]], value: Callable[[Row, str], Any]
) -> Sequence[Row]:
    """Rows in the order asked for, equal ones as they came; what has no value stands last, whatever
    the direction."""
    found = list(rows)
    for member, descending in reversed(by):
        keyed = [(_key(value(row, member)), row) for row in found]
        full = [pair for pair in keyed if pair[0] is not None]
        full.sort(key=lambda pair: pair[0], reverse=descending)
        found = [row for _, row in full] + [row for key, row in keyed if key is None]
    return found


def _key(value: Any) -> Any:  # noqa: ANN401 - any member
    return fold(value) if isinstance(value, str) else value


def contains_text(text: str, *values: Any) -> bool:  # noqa: ANN401 - any member
    """Whether one of the values has the text in it, whatever the case."""
    wanted = fold(text)
    return any(isinstance(value, str) and wanted in value.casefold() for value in values)


Filter = Callable[[Mapping[str, Any], str], bool]
"""Whether a stored document passes for what a query parameter says."""


def build_text_filter(*members: str) -> Filter:
    """A filter that finds its text in one of the members."""
    return lambda doc, text: contains_text(text, *(doc.get(member) for member in members))


def build_value_filter(member: str) -> Filter:
    """A filter for the one value of a member, whatever the case."""
    return lambda doc, text: fold(str(doc.get(member) or "")) == fold(text)
