"""From pydantic's complaints to our faults: all at once, with the path as the caller wrote it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from chalicelib.kit.errors import Fault
from chalicelib.kit.jsontext import mend

Model = TypeVar("Model", bound=BaseModel)
_MOST_FAULTS = 100
_MOST_RECEIVED = 200


def read_body(model: type[Model], body: bytes) -> Model:
    """A JSON body as a model; one that is nearly JSON is mended (see `mend`). Raises
    ValidationError."""
    try:
        return model.model_validate_json(body)
    except ValidationError:
        mended = mend(body)
        if mended == body:
            raise
    return model.model_validate_json(mended)


def read_json(text: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """JSON that no model describes, read and mended as `read_body` does. Raises ValueError, also
    for what is too deep and for numbers of thousands of digits."""
    try:
        return from_json(text)
    except ValueError:
        mended = mend(text)
        if mended == text:
            raise
    return from_json(mended)


def faults_of(error: ValidationError) -> list[Fault]:
    """Every fault, at most 100. What was received is shown only when it is short and not a whole
    object."""
    return [
        Fault(
            _path(item["loc"]),
            item["msg"].removeprefix("Value error, "),
            item["type"].upper(),
            _excerpt(item["input"]),
            _options(item),
        )
        for item in error.errors(include_url=False)[:_MOST_FAULTS]
    ]


def _path(loc: Sequence[str | int]) -> str:
    # A union names its branches in the location ("subscriber.function-wrap[…]"): only field names
    # and indexes are ours.
    return ".".join(str(part) for part in loc if isinstance(part, int) or "[" not in part)


def _excerpt(value: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    if isinstance(value, str):
        return value[:_MOST_RECEIVED]
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # JSON has no word for it
    return value if isinstance(value, int | float | bool) else None


def _options(item: Mapping[str, Any]) -> Sequence[str]:
    expected = (
        item.get("ctx", {}).get("expected", "") if item["type"] in ("enum", "literal_error") else ""
    )
    return [
        option.strip(" '")
        for option in str(expected).replace(" or ", ",").split(",")
        if option.strip(" '")
    ]


@lru_cache(maxsize=512)
def _many(model: type[BaseModel]) -> frozenset[str]:
    """The aliases of a query model that may be repeated."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if _is_list(field.annotation)
    )


def _is_list(annotation: Any) -> bool:  # noqa: ANN401 - a type
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))


def read_query(model: type[Model], query: Sequence[tuple[str, str]]) -> Model:
    """Query parameters as a model: lists from repeated keys, blank values absent, unknown ones
    ignored.

    Raises pydantic.ValidationError.
    """
    many = _many(model)
    values: dict[str, Any] = {}
    for name, value in query:
        if not value.strip():
            continue
        if name in many:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return model.model_validate(values)
