"""Grouping: which executions make one squad.

An execution is in the group that its first call put it into, whatever it is called later: that of
its name at that time, or one of its own where it had none. A name leads to the group in which it
was first seen. So a squad that is renamed stays one group, and the executions that follow under the
new name join it. A group's id is derived from what made it, not stored: it is the same whenever and
by whatever window it is asked for, as long as the calls that tell of a rename are kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kit.ids import derive_id
from chalicelib.ports.scope import Scope

NAMELESS = ""


def fold_name(name: str) -> str:
    """What two names have in common that are the same: letter case and the space around them make
    no other."""
    return name.strip().casefold()


def is_same_name(one: str, other: str) -> bool:
    """Whether two names are the same one."""
    return fold_name(one) == fold_name(other)


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What made a group: a name, in the form that `fold_name` gives it, or an execution."""

    name: str = NAMELESS
    execution: str = ""

    def id(self, team: Scope) -> str:
        """The id that the wire calls the group by."""
        return derive_id("SQUAD", team, self.name, self.execution)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The first time that an execution went by a name (empty: by none)."""

    at: datetime
    execution: str
    name: str


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a team, by the names that executions may have had at their first call, as they
    were written."""

    by_name: Mapping[str, GroupKey] = field(default_factory=dict)
    spellings: Mapping[GroupKey, str] = field(default_factory=dict)
    """The one name, as it was written, that stands for all that lead to a group."""

    def key(self, name: str, execution: str) -> GroupKey:
        """The group that SQL tells by a name, or by an execution where it has none."""
        if execution:
            return GroupKey(execution=execution)
        return self.by_name.get(name, GroupKey(fold_name(name)))

    def find(self, team: Scope, identity: str) -> GroupKey | None:
        """The group of some id, among those that a name leads to."""
        for key in set(self.by_name.values()):
            if key.id(team) == identity:
                return key
        return None


def group_sightings(sightings: Iterable[Sighting]) -> Groups:
    """The groups that follow from sightings: of each name the first, and of executions that went by
    several names all."""
    by_execution: dict[str, GroupKey] = {}
    by_fold: dict[str, GroupKey] = {}
    written: dict[str, str] = {}
    ordered = sorted(sightings, key=lambda each: each.name, reverse=True)
    for each in sorted(ordered, key=lambda each: (each.at, each.execution)):
        name = fold_name(each.name)
        made = GroupKey(name) if name else GroupKey(execution=each.execution)
        key = by_execution.get(each.execution) or by_fold.get(name) or made
        by_execution[each.execution] = key
        if name:
            by_fold.setdefault(name, key)
            written[each.name] = name
    by_name = {spelling: by_fold[name] for spelling, name in written.items()}
    own = [name for name, key in by_name.items() if written[name] == key.name]
    return Groups(by_name, {by_name[name]: name for name in sorted(own, reverse=True)})
