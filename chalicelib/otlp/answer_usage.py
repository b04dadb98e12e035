"""Usage of answers: where an instrumentation tells no count of a call, but keeps the provider's own
answer as JSON, the counts stand in that (MLflow's embeddings, OpenInference's of Haystack)."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from chalicelib.otlp.cleaning import hints_in
from chalicelib.otlp.dialects import TOKEN_PARTS
from chalicelib.otlp.operations import MODEL, Operation, tells_of_use

_LONGEST = 1_048_576
"""Characters of an answer that is read."""
_NO_USAGE: Mapping[str, int] = {}
_read_counts = hints_in(TOKEN_PARTS)


def put_answer_usage(facts: dict[str, Any], operation: Operation | None) -> None:
    """Fill the counts of a model call that tells none from its answer."""
    text = facts["answer"]
    is_text = text.__class__ is str and '"usage"' in text and len(text) <= _LONGEST
    if is_text and operation and operation.role is MODEL and not tells_of_use(facts):
        facts |= _find_usage(text)


def _find_usage(text: str) -> Mapping[str, int]:
    """The counts of an answer in the form of OpenAI's API, whose cached tokens are a part of its
    input: of itself, or of what a framework made of it."""
    try:
        held = from_json(text)
    except ValueError:
        return _NO_USAGE
    if not isinstance(held, dict):
        return _NO_USAGE
    for place in (held, held.get("meta")):
        usage = place.get("usage") if isinstance(place, dict) else None
        if isinstance(usage, dict) and "prompt_tokens" in usage:
            return _read_counts(usage) or _NO_USAGE
    return _NO_USAGE
