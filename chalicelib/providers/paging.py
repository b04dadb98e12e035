"""Pages of a provider's report: all of them, each once."""

from collections.abc import Iterator
from typing import Any

from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.upstream import Parameters, Upstream

MOST_PAGES = 10_000
"""Of one report; a provider that has more repeats itself."""


def rows_of(page: Json, member: str) -> list[Json]:
    """The objects of a page's list. Raises AnswerUnreadable where there is none."""
    rows = page.get(member)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AnswerUnreadable(f"the provider's answer has no list {member!r}")
    return rows


def walk_cursor(
    upstream: Upstream, path: str, parameters: Parameters, cursor: str = "page"
) -> Iterator[Json]:
    """The `data` of all pages of a report that tells `has_more` and `next_page`.

    Raises AnswerUnreadable for a page that comes twice or says that there is more and not where.
    """
    return _walk(upstream, path, parameters, (cursor, "has_more"))


def walk_next(upstream: Upstream, path: str, parameters: Parameters) -> Iterator[Json]:
    """The `data` of all pages of a list that tells `next_page` while there is one, and no more.
    Raises AnswerUnreadable."""
    return _walk(upstream, path, parameters, ("page", "next_page"))


def _walk(
    upstream: Upstream, path: str, parameters: Parameters, words: tuple[str, str]
) -> Iterator[Json]:
    """`words`: the parameter that asks for a page, and the member that says there is another."""
    cursor, more = words
    asked: Parameters = parameters
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = upstream.get(path, asked)
        yield from rows_of(page, "data")
        if not page.get(more):
            return
        following = _new_cursor(page.get("next_page"), seen)
        asked = [*parameters, (cursor, following)]
    raise AnswerUnreadable(f"the provider's report has more than {MOST_PAGES} pages")


def walk_after(
    upstream: Upstream, path: str, parameters: Parameters, cursor: str
) -> Iterator[Json]:
    """The `data` of all pages of a list that goes on after the last id (Anthropic, OpenAI).

    Raises AnswerUnreadable.
    """
    asked: Parameters = parameters
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = upstream.get(path, asked)
        rows = rows_of(page, "data")
        yield from rows
        if not page.get("has_more") or not rows:
            return
        asked = [
            *parameters,
            (cursor, _new_cursor(page.get("last_id") or rows[-1].get("id"), seen)),
        ]
    raise AnswerUnreadable(f"the provider's list has more than {MOST_PAGES} pages")


def _new_cursor(value: Any, seen: set[str]) -> str:  # noqa: ANN401 - of a provider's JSON
    if not isinstance(value, str) or not value:
        raise AnswerUnreadable("the provider says that there is more, and not where")
    if value in seen:
        raise AnswerUnreadable("the provider answered the same page twice")
    seen.add(value)
    return value
