"""Clauses: the tests by which the book recognises a model or a provider in free text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.pricing.variants import is_same_model

_COMPACT_DATE = re.compile(r"-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")


@dataclass(frozen=True, slots=True)
class Clause:
    """Matches when one of its alternatives does; `every` holds groups of clauses that must all
    match."""

    equals: frozenset[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    contains: tuple[str, ...]
    regex: tuple[str, ...]
    every: tuple[tuple["Clause", ...], ...]

    def matches(self, text: str) -> bool:
        """Whether lower-case text is meant."""
        return (
            text in self.equals
            or (bool(self.starts) and text.startswith(self.starts))
            or (bool(self.ends) and text.endswith(self.ends))
            or any(part in text for part in self.contains)
            or any(re.search(pattern, text) is not None for pattern in self.regex)
            or any(map(partial(_all_match, text), self.every))
        )

    def names(self, text: str) -> bool:
        """Whether lower-case text is a name of the model that the clause recognises. Lists know
        many by their beginning only, which says nothing of variants that came later: what follows
        must leave it the same model."""
        return (
            text in self.equals
            or (bool(self.ends) and text.endswith(self.ends))
            or any(text.startswith(start) and is_same_model(start, text) for start in self.starts)
            or any(part in text and is_same_model(part, text) for part in self.contains)
            or any(re.search(pattern, text) is not None for pattern in self.regex)
            or any(map(partial(_all_name, text), self.every))
        )


def _all_match(text: str, group: Iterable[Clause]) -> bool:
    return all(clause.matches(text) for clause in group)


def _all_name(text: str, group: Iterable[Clause]) -> bool:
    return all(clause.names(text) for clause in group)


def parse_clause(raw: Mapping[str, Sequence[Any]]) -> Clause:
    """A clause of the book's JSON: lists of texts by kind of test, and under `all` lists of
    clauses."""
    return Clause(
        equals=frozenset(raw.get("equals", ())),
        starts=tuple(raw.get("starts_with", ())),
        ends=tuple(raw.get("ends_with", ())),
        contains=tuple(raw.get("contains", ())),
        regex=tuple(raw.get("regex", ())),
        every=_parse_groups(raw.get("all", ())),
    )


def _parse_groups(raw: Sequence[Any]) -> tuple[tuple[Clause, ...], ...]:
    """Lists of clauses, of each of which all must match."""
    return tuple(tuple(map(parse_clause, group)) for group in raw)


def with_dashed_date(model: str) -> str:
    """The model id with a compact date (gpt-5.2-20251211, as routers write it) written as
    gpt-5.2-2025-12-11."""
    return _COMPACT_DATE.sub(r"-\1-\2-\3", model)
