"""Rows: what GitHub tells, read strictly. What is not as it should be is no answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.clock import parse_instant
from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is. `sees_private` is False for a token that says it may not."""

    login: str
    sees_private: bool


@dataclass(frozen=True, slots=True)
class Repository:
    """`pushed_at` is when anything last came in, a merge too (UTC epoch ms; None: not told)."""

    name: str
    pushed_at: int | None


@dataclass(frozen=True, slots=True)
class Pull:
    """A closed pull request; `merged_at` is None of one that was not merged (UTC epoch ms)."""

    number: int
    login: str | None
    merged_at: int | None
    updated_at: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a pull request: its message, and its author's address and login, if told."""

    message: str
    email: str
    login: str


def read_pull(row: Json) -> Pull:
    """A pull request of a list. Raises AnswerUnreadable."""
    number, updated = row.get("number"), read_instant(row, "updated_at")
    if not isinstance(number, int) or isinstance(number, bool) or updated is None:
        raise AnswerUnreadable("GitHub told a pull request without a number or a time")
    # Whoever has left GitHub is null.
    login = read_text(read_object(row, "user"), "login", default="") or None
    return Pull(number, login, read_instant(row, "merged_at"), updated)


def read_commit(row: Json) -> Commit:
    """A commit of a list. Raises AnswerUnreadable."""
    commit = read_object(row, "commit")
    return Commit(
        read_text(commit, "message", default=""),
        read_text(read_object(commit, "author"), "email", default=""),
        read_text(read_object(row, "author"), "login", default=""),
    )


def find_only(logins: Iterator[str]) -> str | None:
    """The one login among some; None for none, and for several."""
    found = {login for login in logins if login}
    return found.pop() if len(found) == 1 else None


def read_items(answer: Json) -> list[Json]:
    """What a search found. Raises AnswerUnreadable."""
    items = answer.get("items")
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise AnswerUnreadable("GitHub's search told no items")
    return items


def read_object(row: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """An object within another one; empty where there is none."""
    value = row.get(member)
    return value if isinstance(value, dict) else {}


def read_text(row: Mapping[str, Any], member: str, default: str | None = None) -> str:
    """A text of a row, or the default. Raises AnswerUnreadable."""
    value = row.get(member, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise AnswerUnreadable(f"GitHub told no {member}")
    return value


def read_instant(row: Json, member: str) -> int | None:
    """An instant of a row (UTC epoch ms); None where there is none. Raises AnswerUnreadable."""
    value = row.get(member)
    if value is None:
        return None
    try:
        return parse_instant(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise AnswerUnreadable(f"GitHub told a {member} that is no time") from error
