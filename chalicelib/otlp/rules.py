"""Rules: what becomes of one attribute, made of vocabularies and targets.

A vocabulary (vocabulary.py, assistants.py, tools.py) is a table of attributes and the target of
each; a target (targets.py) is a member of what is made of a record, and how its value is cleaned.
What an attribute says depends on nothing but itself, so that a batch of spans which repeat most of
their attributes has each different one read once.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.otlp.cleaning import Clean, Unfit, Unread

ROW, NAMES, EXTRAS, FACTS, COUNTS, NOTHING, FAULT = range(7)
"""Where a reading belongs: a column of the row, a name or an extra of the draft, a fact to be
weighed against others, a count; nowhere; or what is wrong with it."""
_SLOTS = {"row": ROW, "names": NAMES, "extras": EXTRAS, "facts": FACTS, "counts": COUNTS}

Vocabulary = Mapping[str, str]
"""Attribute → target, written `slot.member`."""
Reading = tuple[int, str, Any]
"""What one attribute says: slot, member and value. Of a FAULT the member is the attribute's key and
the value is the problem."""


class _Broken:
    """See `BROKEN`."""


BROKEN = _Broken()
"""The value of an attribute that is not of the kind that it says to be."""


class Rule(NamedTuple):
    """Where a value goes, and how it is cleaned."""

    slot: int
    member: str
    clean: Clean


_NOTHING: Reading = (NOTHING, "", None)
_UNREAD: Reading = (FACTS, "unread_usage", True)
_IGNORED = Rule(NOTHING, "", lambda _: None)

_OF_USAGE = ("cost:", "cost_usd", "searches", "usage_", "output_parts", "langfuse_", "unread_")
"""How the facts begin that tell of usage or of a cost."""


class Rules(dict[str, Rule]):
    """What becomes of attributes, by their keys. Unknown ones are ignored."""

    def __missing__(self, key: str) -> Rule:
        return _IGNORED


def rule_of(target: str, clean: Clean) -> Rule:
    """The rule of a target (`slot.member`)."""
    slot, _, member = target.partition(".")
    return Rule(_SLOTS[slot], member, clean)


def read_attribute(rules: Rules, key: str, value: Any) -> Reading:  # noqa: ANN401 - any value
    """What an attribute says by a table."""
    return apply_rule(key, rules[key], value)


def apply_rule(key: str, rule: Rule, value: Any) -> Reading:  # noqa: ANN401 - any value
    """What an attribute says by its rule."""
    if value is None:
        return _NOTHING
    if value is BROKEN:
        if rule.slot == COUNTS:
            return FAULT, key, "cannot be read"
        return _UNREAD if rule.member.startswith(_OF_USAGE) else _NOTHING
    return clean_value(key, rule, value)


def clean_value(key: str, rule: Rule, value: Any) -> Reading:  # noqa: ANN401 - any value
    """What an attribute says that has a value, by its rule."""
    slot, member, clean = rule
    try:
        cleaned = clean(value)
    except Unfit as fault:
        return FAULT, key, fault.problem
    except Unread:
        return _UNREAD
    return _NOTHING if cleaned is None else (slot, member, cleaned)


def read_attributes(rules: Rules, attributes: Mapping[str, Any]) -> list[Reading]:
    """What attributes say by a table."""
    return [read_attribute(rules, key, value) for key, value in attributes.items()]


class RecordValues:
    """What the attributes of one record say, by slot."""

    __slots__ = ("extras", "facts", "names", "row")

    def __init__(self) -> None:
        self.row: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        self.extras: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        """Counts are facts too."""

    def with_readings(self, readings: Iterable[Reading]) -> "RecordValues":
        """A new one with further readings; a later one overrides an earlier one. Raises Unfit."""
        twin = RecordValues.__new__(RecordValues)
        twin.row, twin.names = self.row.copy(), self.names.copy()
        twin.extras, twin.facts = self.extras.copy(), self.facts.copy()
        facts = twin.facts
        places: tuple[dict[str, Any], ...] = (twin.row, twin.names, twin.extras, facts)
        for slot, member, value in readings:
            if slot <= FACTS:
                places[slot][member] = value
            elif slot == COUNTS:
                # Of two spellings the larger counts: an instrumentation that knows one may set the
                # other to 0.
                if value >= facts.get(member, 0):
                    facts[member] = value
            elif slot == FAULT:
                raise Unfit(value, member)
        return twin


NO_VALUES = RecordValues()
