"""Filters of lists: how a query parameter is held against a record."""

from collections.abc import Mapping
from typing import Any

from chalicelib.ports.documents import fold
from chalicelib.resources.hal import Filter


def contains_text(text: str, *values: Any) -> bool:  # noqa: ANN401 - any member
    """Whether one of the values is a text that has `text` in it, whatever the case."""
    wanted = fold(text)
    return any(isinstance(value, str) and wanted in value.casefold() for value in values)


def build_text_filter(*members: str) -> Filter:
    """A filter that passes documents with the text in one of some members."""

    def passes(doc: Mapping[str, Any], text: str) -> bool:
        return contains_text(text, *map(doc.get, members))

    return passes


def build_value_filter(member: str) -> Filter:
    """A filter that passes documents whose member is the text, whatever the case."""

    def passes(doc: Mapping[str, Any], text: str) -> bool:
        return fold(str(doc.get(member) or "")) == fold(text)

    return passes
