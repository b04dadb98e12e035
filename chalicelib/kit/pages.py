"""Pages: zero-based numbers, HAL links and the page block that clients walk by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`number` is zero-based."""

    number: int
    size: int

    def cut(self, items: Sequence[Item]) -> Sequence[Item]:
        """The items of this page; none past the end."""
        return items[self.number * self.size : (self.number + 1) * self.size]


def page_block(request: PageRequest, total: int) -> dict[str, int | bool]:
    """The `page` member of an answer: size, totals, number, and whether it is the last page."""
    pages = -(-total // request.size)
    return {
        "size": request.size,
        "totalElements": total,
        "totalPages": pages,
        "number": request.number,
        "last": request.number + 1 >= pages,
    }


def links(
    path: str, query: Sequence[tuple[str, str]], request: PageRequest, total: int
) -> dict[str, dict[str, str]]:
    """HAL links self, first, prev, next and last, with the caller's other query parameters kept."""
    last = max(0, -(-total // request.size) - 1)
    targets = {"self": request.number, "first": 0, "last": last}
    if request.number > 0:
        targets["prev"] = min(request.number - 1, last)
    if request.number < last:
        targets["next"] = request.number + 1
    rest = [(name, value) for name, value in query if name not in ("page", "size")]
    return {
        name: {"href": link(path, [*rest, ("page", str(number)), ("size", str(request.size))])}
        for name, number in targets.items()
    }


def link(path: str, query: Sequence[tuple[str, str]]) -> str:
    """A path with query parameters."""
    return f"{path}?{urlencode(query)}"
