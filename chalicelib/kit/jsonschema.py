"""Schemas that pydantic would write in another way than the contract."""

from enum import StrEnum

from pydantic import WithJsonSchema


def choices(kind: type[StrEnum]) -> WithJsonSchema:
    """The schema of a word that may be null, as one enum."""
    return WithJsonSchema({"type": ["string", "null"], "enum": [*kind, None]})
