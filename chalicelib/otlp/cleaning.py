"""Cleaning: what becomes of a value that a client wrote, whatever its kind.

Each of these makes or is a `Clean`. A value that one cannot use is left out: the contract wants the
rest of the record. Only counts, which money depends on, refuse the record.
"""

import math
import re
from ast import literal_eval
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic_core import from_json

from chalicelib.kit.jsontext import pack

Clean = Callable[[Any], Any]
"""From the value of an attribute to what is kept of it; None leaves it out. Raises Unfit for a bad
count, Unread for usage that cannot be read."""
MOST = 10**12
"""Tokens, milliseconds."""
_MOST_INT32 = 2**31 - 1
_DECORATION = "[]\"' "
"""Around a word: some instrumentations write the list of reasons as a text."""


class Unfit(ValueError):
    """A record that cannot be taken: the attribute or field, and what is wrong with it."""

    def __init__(self, problem: str, field: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field


class Unread(Exception):
    """A value tells of usage or of a cost, in words or in a way that nobody here can read."""


def text_of(value: Any) -> str:  # noqa: ANN401 - any value
    """The text of a value; empty for lists and maps."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of up to `limit` characters and of a shape; any other is left out."""

    limit: int = 255
    shape: re.Pattern[str] | None = None

    def __call__(self, value: Any) -> str | None:  # noqa: ANN401 - any value
        """What is kept of a value."""
        found = value if value.__class__ is str else text_of(value)
        if not 0 < len(found) <= self.limit:
            return None
        return found if self.shape is None or self.shape.fullmatch(found) else None


def bare_text(limit: int = 255) -> Clean:
    """A text as `Text` cleans it, without the quotation marks of a text that is written as JSON
    (MLflow's attributes)."""
    plain = Text(limit)

    def clean(value: Any) -> Any:  # noqa: ANN401
        if value.__class__ is str and len(value) > 2 and value[0] == value[-1] == '"':
            value = value[1:-1]
        return plain(value)

    return clean


def cut_text(limit: int = 255) -> Clean:
    """A text; one over its limit is cut, as names are on all channels."""

    def clean(value: Any) -> str | None:  # noqa: ANN401
        return text_of(value).strip()[:limit] or None

    return clean


def email(value: Any) -> str | None:  # noqa: ANN401 - any value
    """An e-mail address, in lower case."""
    return text_of(value).strip()[:255].lower() or None


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - any value
    """The value, unchanged."""
    return value


def word_of(words: Mapping[str, str], default: str) -> Clean:
    """A word in our words: a text, or the first one of a list, looked up in lower case; `default`
    for one that is not there."""

    def clean(value: Any) -> str | None:  # noqa: ANN401
        first = value[0] if isinstance(value, list) and value else value
        word = text_of(first).strip(_DECORATION).lower()
        return words.get(word, default) if word else None

    return clean


def content(value: Any) -> str | None:  # noqa: ANN401 - any value
    """A text of a prompt; messages in structured form become JSON."""
    return (value if isinstance(value, str) else pack(value)) or None


def count(value: Any) -> int:  # noqa: ANN401 - any value
    """A whole number, also as a text or a double; an empty text is 0. Raises Unfit."""
    if value.__class__ is int and 0 <= value <= MOST:
        return value
    number = 0.0 if value == "" else real(value)
    if number is None or not number.is_integer():
        raise Unfit("is no whole number")
    exact = value if isinstance(value, int) else int(number)
    if not 0 <= exact <= MOST:
        raise Unfit(f"must lie between 0 and {MOST}")
    return exact


def real(value: Any) -> float | None:  # noqa: ANN401 - any value
    """A finite number, also as a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def number(value: Any) -> float | None:  # noqa: ANN401 - any value
    """A number of at most 10¹² either way; any other is left out."""
    found = real(value)
    return found if found is not None and -MOST <= found <= MOST else None


def small_whole(value: Any) -> int | None:  # noqa: ANN401 - any value
    """A whole number within 0 and 2³¹−1; any other is left out."""
    found = real(value)
    if found is None or not found.is_integer() or not 0 <= found <= _MOST_INT32:
        return None
    return int(found)


def stated_whole(value: Any) -> int | None:  # noqa: ANN401 - any value
    """A whole number within 0 and 2³¹−1 that is charged for. Raises Unread for any other."""
    found = small_whole(value)
    if found is None and is_told(value):
        raise Unread
    return found


def amount(most: int) -> Clean:
    """An exact number within 0 and `most`; any other is left out."""

    def clean(value: Any) -> Decimal | None:  # noqa: ANN401
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            # A double is taken as its shortest text, which is what the client wrote.
            exact = Decimal(str(value))
        except InvalidOperation:
            return None
        return exact if exact.is_finite() and 0 <= exact <= most else None

    return clean


_LONGEST_SHOWN = 4_000
"""Characters of a usage object as Python shows it."""
_DEEPEST = 4
"""Levels of an object of counts that are looked into."""


def counts_in(members: Mapping[str, str]) -> Clean:
    """The counts in an object, or in the JSON text of one: count → number, by `members`. Raises
    Unfit for a bad count, Unread where there is none but something else, or nothing readable."""

    def clean(value: Any) -> dict[str, int] | None:  # noqa: ANN401
        held = _object_of(value)
        found: dict[str, int] = {}
        others: list[Any] = []
        for member, inner in _members_of(held):
            name = members.get(member)
            if name is None:
                others.append(inner)
            elif inner is not None:
                _add_count(found, name, member, inner)
        if any(found.values()):
            return found
        if any(map(is_amount, others)) or (is_told(value) and not isinstance(held, dict)):
            raise Unread
        return found or None

    return clean


def hints_in(members: Mapping[str, str]) -> Clean:
    """The counts in an object that holds all kinds of things: what is no count is left out."""

    def clean(value: Any) -> dict[str, int] | None:  # noqa: ANN401
        found: dict[str, int] = {}
        for member, inner in _members_of(_object_of(value)):
            name = members.get(member)
            if name and (whole := small_count(inner)) is not None:
                found[name] = max(found.get(name, 0), whole)
        return found or None

    return clean


def token_counts_in(members: Mapping[str, str]) -> Clean:
    """The counts in an object that may be about anything: nothing where no member tells of tokens.
    Raises Unfit for a bad count, Unread where tokens stand in other words alone."""

    def clean(value: Any) -> dict[str, int] | None:  # noqa: ANN401
        found: dict[str, int] = {}
        for member, inner in _members_of(_object_of(value)):
            name = members.get(member)
            if name and inner is not None:
                _add_count(found, name, member, inner)
        if not found:
            unread_counts(value)
        return found or None

    return clean


def _members_of(holder: Any, depth: int = 1) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """The members of an object and of the objects in it, but for these themselves."""
    if not isinstance(holder, dict) or depth > _DEEPEST:
        return
    for member, value in holder.items():
        if isinstance(value, dict):
            yield from _members_of(value, depth + 1)
        else:
            yield member, value


def _add_count(found: dict[str, int], name: str, member: str, value: Any) -> None:  # noqa: ANN401
    """Note a count of an object; of several of one name the largest stands. Raises Unfit."""
    try:
        found[name] = max(found.get(name, 0), count(value))
    except Unfit as fault:
        raise Unfit(f"{fault.problem}: {member}") from fault


def is_told(value: Any) -> bool:  # noqa: ANN401 - any value
    """Whether a value says more than nothing; 0 does."""
    return value is not False and value not in _NOTHING


_NOTHING: Sequence[Any] = ("", "None", "null", "{}", "[]", [], {}, None)


def is_amount(value: Any) -> bool:  # noqa: ANN401 - any value
    """Whether a value is or holds numbers, also as a text, that are not all 0."""
    if isinstance(value, list):
        return any(map(is_amount, value))
    if isinstance(value, dict):
        return any(is_amount(inner) for _, inner in _members_of(value))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return float(value) != 0
    except ValueError:
        return False
    except OverflowError:
        return True


def unread_counts(value: Any) -> None:  # noqa: ANN401 - any value
    """Nothing, of an attribute that may hold anything. Raises Unread where it is an object, or the
    JSON text of one, with counts of tokens."""
    members = _members_of(_object_of(value))
    if any("token" in member.lower() and is_amount(inner) for member, inner in members):
        raise Unread


def unread(value: Any) -> None:  # noqa: ANN401 - any value
    """Nothing, of an attribute that nobody here reads. Raises Unread where it tells of usage."""
    held = _object_of(value)
    is_cut = held is None and isinstance(value, str) and value.startswith(("{", "["))
    if is_cut or is_amount(held if isinstance(held, dict | list) else value):
        raise Unread


def small_count(value: Any) -> int | None:  # noqa: ANN401 - any value
    """A whole number within 0 and `MOST`; None for anything else."""
    found = real(value)
    if found is None or not found.is_integer() or not 0 <= found <= MOST:
        return None
    return int(found)


def _object_of(value: Any) -> Any:  # noqa: ANN401 - any value
    """An object, also as the JSON text of one, or as Python shows one, as litellm does;
    None for any other text."""
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError:
        return _shown_object(value)


def _shown_object(text: str) -> Any:  # noqa: ANN401 - any value
    if not text.startswith("{'") or len(text) > _LONGEST_SHOWN:
        return None
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def stated_amount(most: int) -> Clean:
    """An exact number within 0 and `most`, also as the total, or the sum, of an object of costs.
    Raises Unread for any other."""
    exact = amount(most)

    def clean(value: Any) -> Any:  # noqa: ANN401
        if not is_told(value):
            return None
        found = _object_of(value)
        if isinstance(found, dict):
            whole = found.get("total", found.get("total_cost"))
            parts = [whole] if is_told(whole) else [part for part in found.values() if part]
        else:
            parts = [value]
        amounts = list(map(exact, parts))
        if None in amounts:
            raise Unread
        return exact(str(sum(amounts))) if parts else None

    return clean


def is_true(value: Any) -> bool:  # noqa: ANN401 - any value
    """Whether a value says yes."""
    return value is True or (isinstance(value, str) and value.lower() == "true")
