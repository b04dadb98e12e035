"""Rules: what becomes of one attribute. The tables of vocabulary.py and assistants.py are made of
them.

A value that a rule cannot use is left out: the contract wants the rest of the record. Only counts,
which money depends on, refuse the record. What an attribute says depends on nothing but itself, so
that a batch of spans which repeat most of their attributes has each different one read once.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from chalicelib.kit.jsontext import pack

MOST = 10**12
"""Tokens, milliseconds."""
_MOST_INT32 = 2**31 - 1
_DECORATION = "[]\"' "
"""Around a word: some instrumentations write the list of reasons as a text."""
ROW, NAMES, EXTRAS, FACTS, COUNTS, NOTHING, FAULT = range(7)
"""Where a reading belongs: a column of the row, a name or an extra of the draft, a fact to be
weighed against others, a count; nowhere; or what is wrong with it."""


class Unfit(ValueError):
    """A record that cannot be taken: the attribute or field, and what is wrong with it."""

    def __init__(self, problem: str, field: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field


Reading = tuple[int, str, Any]
"""What one attribute says: slot, target and value. The target is a member's name, of a FAULT
the attribute's key; the value of a FAULT is the problem."""


class Rule(NamedTuple):
    """Where a value goes, and how it is cleaned: None leaves it out. `clean` raises Unfit for a bad
    count."""

    slot: int
    target: str
    clean: Callable[[Any], Any]


_NOTHING: Reading = (NOTHING, "", None)
_IGNORED = Rule(NOTHING, "", lambda value: None)


class Rules(dict[str, Rule]):
    """What becomes of attributes, by their keys. Unknown ones are ignored."""

    def __missing__(self, key: str) -> Rule:
        return _IGNORED


def reading(rules: Rules, key: str, value: Any) -> Reading:  # noqa: ANN401 - whatever the client recorded
    """What an attribute says by a table."""
    return reading_of(key, rules[key], value)


def reading_of(key: str, rule: Rule, value: Any) -> Reading:  # noqa: ANN401 - whatever the client recorded
    """What an attribute says by its rule."""
    if value is None:
        return _NOTHING
    slot, target, clean = rule
    try:
        cleaned = clean(value)
    except Unfit as fault:
        return FAULT, key, fault.problem
    return _NOTHING if cleaned is None else (slot, target, cleaned)


def readings(rules: Rules, attributes: Mapping[str, Any]) -> list[Reading]:
    """What attributes say by a table."""
    return [reading(rules, key, value) for key, value in attributes.items()]


class Found:
    """What the attributes of one record say."""

    __slots__ = ("extras", "facts", "names", "row")

    def __init__(self) -> None:
        self.row: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        self.extras: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}

    def and_also(self, said: Iterable[Reading]) -> "Found":
        """A new one with further readings; a later one overrides an earlier one. Raises Unfit."""
        twin = Found.__new__(Found)
        places: tuple[Any, ...]
        twin.row, twin.names, twin.extras, twin.facts = places = (
            self.row.copy(),
            self.names.copy(),
            self.extras.copy(),
            self.facts.copy(),
        )
        for slot, target, value in said:
            if slot <= FACTS:
                places[slot][target] = value
            elif slot == COUNTS:
                # Of two spellings the larger counts: an instrumentation that knows one may set the
                # other to 0.
                if value >= twin.facts.get(target, 0):
                    twin.facts[target] = value
            elif slot == FAULT:
                raise Unfit(value, target)
        return twin


NOTHING_FOUND = Found()


def text_of(value: Any) -> str:  # noqa: ANN401 - whatever the client recorded
    """The text of a value; empty for lists and maps."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _within(limit: int, shape: re.Pattern[str] | None = None) -> Callable[[Any], str | None]:
    """A text of up to `limit` characters and of a shape."""

    def clean(value: Any) -> str | None:  # noqa: ANN401
        text = value if value.__class__ is str else text_of(value)
        return text if 0 < len(text) <= limit and (shape is None or shape.fullmatch(text)) else None

    return clean


def column(name: str, limit: int = 255, shape: re.Pattern[str] | None = None) -> Rule:
    """A text of the row; one over its limit or of another shape is dropped."""
    return Rule(ROW, name, _within(limit, shape))


def extra(name: str, limit: int = 255, shape: re.Pattern[str] | None = None) -> Rule:
    """A text without a column; one over its limit or of another shape is dropped."""
    return Rule(EXTRAS, name, _within(limit, shape))


def words(name: str, limit: int = 255) -> Rule:
    """A text to be weighed; one over its limit is dropped."""
    return Rule(FACTS, name, _within(limit))


def capped(name: str, limit: int, shape: re.Pattern[str] | None = None) -> Rule:
    """A name that the record is charged to; one over its limit or of another shape is dropped."""
    return Rule(NAMES, name, _within(limit, shape))


def owner(name: str, limit: int = 255) -> Rule:
    """A name that the record is charged to; one over its limit is cut, as it is on all channels."""
    return Rule(NAMES, name, lambda value: text_of(value).strip()[:limit] or None)


email = Rule(NAMES, "subscriber_email", lambda value: text_of(value).strip()[:255].lower() or None)
"""The address of the user that the record is charged to."""


def fact(name: str) -> Rule:
    """A value to be weighed, as it is."""
    return Rule(FACTS, name, lambda value: value)


def translated(name: str, words_of: Mapping[str, str], default: str) -> Rule:
    """A word to be weighed, in our words: a text, or the first one of a list, looked up in lower
    case."""

    def clean(value: Any) -> str | None:  # noqa: ANN401
        first = value[0] if isinstance(value, list) and value else value
        text = text_of(first).strip(_DECORATION).lower()
        return words_of.get(text, default) if text else None

    return Rule(FACTS, name, clean)


def content(name: str) -> Rule:
    """A text of a prompt; messages in structured form become JSON."""
    return Rule(
        FACTS, name, lambda value: (value if isinstance(value, str) else pack(value)) or None
    )


def count(name: str) -> Rule:
    """A count to be weighed."""
    return Rule(COUNTS, name, _count)


def _count(value: Any) -> int:  # noqa: ANN401 - whatever the client recorded
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


def real(value: Any) -> float | None:  # noqa: ANN401 - whatever the client recorded
    """A finite number, also as a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def number(name: str, least: float = -MOST, most: float = MOST) -> Rule:
    """A number without a column; one outside its bounds is dropped."""

    def clean(value: Any) -> float | None:  # noqa: ANN401
        told = real(value)
        return told if told is not None and least <= told <= most else None

    return Rule(EXTRAS, name, clean)


def _small(value: Any) -> int | None:  # noqa: ANN401 - whatever the client recorded
    told = real(value)
    return (
        int(told) if told is not None and told.is_integer() and 0 <= told <= _MOST_INT32 else None
    )


def small(name: str) -> Rule:
    """A whole number of the row within 0 and 2³¹−1; any other is dropped."""
    return Rule(ROW, name, _small)


def small_extra(name: str) -> Rule:
    """A whole number without a column within 0 and 2³¹−1; any other is dropped."""
    return Rule(EXTRAS, name, _small)


def money(name: str, most: int) -> Rule:
    """An exact number to be weighed; one outside 0 and `most` is dropped."""

    def clean(value: Any) -> Decimal | None:  # noqa: ANN401
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            # A double is taken as its shortest text, which is what the client wrote.
            exact = Decimal(str(value))
        except InvalidOperation:
            return None
        return exact if exact.is_finite() and 0 <= exact <= most else None

    return Rule(FACTS, name, clean)


def is_true(value: Any) -> bool:  # noqa: ANN401 - whatever the client recorded
    """Whether a value says yes."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def flag(name: str) -> Rule:
    """A flag of the row, also as a text."""
    return Rule(ROW, name, is_true)
